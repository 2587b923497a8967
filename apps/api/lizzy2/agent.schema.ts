import { z } from 'zod';
import { jsonValue } from '../openapi/json-value.js';

/** The answer of `GET /api/status`. */
export const agentStatusSchema = z
  .object({
    version: z.string().meta({ examples: ['3.0.0'] }),
    senza_version: z.string().meta({ description: '`unknown` before a worker has told.', examples: ['2.1.143'] }),
    status: z
      .enum(['OK', 'NOK'])
      .meta({ description: '`NOK`: no worker lives, or the Senza of one has not answered its last check.' }),
    store_since: z.iso.datetime().nullable().meta({
      description: 'Since when the store of jobs stands: what was before it is not known. Null: it cannot be asked.',
    }),
    config: z
      .record(z.string(), jsonValue)
      .meta({ description: 'Settings of the API by the names that Lizzy 2 used; no secrets.' }),
  })
  .meta({ id: 'AgentStatus', description: 'The agent about itself.' });
export type AgentStatusView = z.output<typeof agentStatusSchema>;

/** The answer of `GET /.well-known/schema-discovery`. */
export const schemaDiscoverySchema = z
  .object({ schema_type: z.string(), schema_url: z.string(), ui_url: z.string() })
  .meta({ id: 'SchemaDiscovery', description: 'Where the API is described.' });
export type SchemaDiscovery = z.output<typeof schemaDiscoverySchema>;
