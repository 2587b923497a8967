import { percentageSchema } from '#definition';
import { z } from 'zod';
import { stackDefinitionFields } from './stack.js';

/** How long a deployment waits for its stack to complete, in seconds, unless it says otherwise. */
const TIMEOUT_SECONDS_DEFAULT = 1800;
const TIMEOUT_SECONDS_LIMIT = 24 * 3600;

/** The body of `POST /api/deployments`, and the payload of a `deploy` job. */
export const deployPayload = z
  .strictObject({
    ...stackDefinitionFields,
    new_traffic: percentageSchema
      .nullish()
      .transform((percentage) => percentage ?? null)
      .meta({ description: 'Percentage of the application’s traffic that the new version shall get once it stands.' }),
    allow_traffic_loss: z
      .boolean()
      .nullish()
      .transform((flag) => flag ?? false)
      .meta({ description: 'Allow a switch that leaves the application’s domain without any traffic.' }),
    keep_stacks: z
      .int()
      .min(0)
      .max(1000)
      .nullish()
      .transform((count) => count ?? null)
      .meta({ description: 'How many older versions without traffic stay; the others are deleted at the end.' }),
    timeout_seconds: z
      .int()
      .min(1)
      .max(TIMEOUT_SECONDS_LIMIT)
      .nullish()
      .transform((seconds) => seconds ?? TIMEOUT_SECONDS_DEFAULT)
      .meta({ description: 'How long to wait for the stack to complete, in seconds (default 1800).' }),
  })
  .meta({
    id: 'Deployment',
    description: 'A whole deployment: create a stack, wait for it, switch traffic, clean up.',
  });
export type DeployPayload = z.output<typeof deployPayload>;
