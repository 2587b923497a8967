import { z } from 'zod';
import { jsonValue } from '../openapi/json-value.js';
import { type ApiConfig, lizzyVersion } from '#config';
import { StoreEpoch } from '#jobs';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG } from '../core/injection-tokens.js';
import { WorkerMonitor } from './worker-monitor.js';

/** The answer of `GET /api/status`. */
export const agentStatusSchema = z
  .object({
    version: z.string().meta({ examples: ['3.0.0'] }),
    senza_version: z.string().meta({ description: '`unknown` before a worker has told.', examples: ['2.1.143'] }),
    status: z
      .enum(['OK', 'NOK'])
      .meta({ description: '`NOK`: no worker lives, or the Senza of one has not answered its last check.' }),
    store_created_at: z.iso.datetime().nullable().meta({
      description: 'Since when the store of jobs stands: what was before it is not known. Null: it cannot be asked.',
    }),
    config: z
      .record(z.string(), jsonValue)
      .meta({ description: 'Settings of the API by the names that Lizzy 2 used; no secrets.' }),
  })
  .meta({ id: 'AgentStatus', description: 'The agent about itself.' });
export type StatusView = z.output<typeof agentStatusSchema>;

/** The answer of `GET /.well-known/schema-discovery`. */
export const schemaDiscoverySchema = z
  .object({ schema_type: z.string(), schema_url: z.string(), ui_url: z.string() })
  .meta({ id: 'SchemaDiscovery', description: 'Where the API is described.' });
export type SchemaDiscovery = z.output<typeof schemaDiscoverySchema>;

/** How the agent is. */
@Injectable()
export class StatusService {
  constructor(
    private readonly workers: WorkerMonitor,
    private readonly age: StoreEpoch,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /** Whether a worker lives, and the Senza of each answers. No when Redis cannot be asked. */
  async isHealthy(): Promise<boolean> {
    return await this.workers.allHealthy().catch(() => false);
  }

  /** What `GET /api/status` tells. */
  async status(): Promise<StatusView> {
    const status = (await this.isHealthy()) ? 'OK' : 'NOK';
    return {
      version: lizzyVersion,
      senza_version: this.workers.senzaVersion,
      status,
      store_created_at: await this.age.createdAt().catch(() => null),
      config: settings(this.config),
    };
  }
}

/** The settings by Lizzy 2's names. Addresses are shown without what may be secret in them. */
function settings(config: ApiConfig): StatusView['config'] {
  const { allowedUsers } = config;
  return {
    allowed_users: allowedUsers.names === null ? null : [...allowedUsers.names],
    allowed_user_pattern: allowedUsers.names === null ? allowedUsers.description : null,
    deployer_scope: config.deployerScope,
    log_format: config.log.format,
    log_level: config.log.level.toUpperCase(),
    region: config.region,
    token_info_url: withoutSecrets(config.tokeninfoUrl),
    token_url: config.tokenUrl === null ? null : withoutSecrets(config.tokenUrl),
    sync_wait_seconds: config.syncWaitSeconds,
  };
}

function withoutSecrets(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}
