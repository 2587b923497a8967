import { percentageSchema } from '#definition';
import { z } from 'zod';
import { flag, ifSuperseded, newStackFields, nullable, source, timeoutSeconds } from './fields.js';
import { defineJobKind } from './job-kind.js';
import { cleanUpResult, createResult, trafficResult, waitResult } from './step-results.js';

/** The body of `POST /api/deployments`, and the payload of a `deploy` job. */
export const deployPayload = z
  .strictObject({
    ...newStackFields,
    new_traffic: nullable(percentageSchema).meta({
      description: 'Percentage of the application’s traffic that the new version gets once its stack is complete.',
    }),
    allow_traffic_loss: flag.meta({
      description:
        'Allow a traffic change that leaves the application’s domain without any traffic, or clients with an older version ' +
        'because the new one lacks its AAAA record.',
    }),
    keep_stacks: nullable(z.int().min(0).max(1000)).meta({
      description: 'The number of older versions without traffic to keep; the others are deleted at the end.',
    }),
    timeout_seconds: timeoutSeconds,
    if_exists: z
      .enum(['fail', 'retry_failed', 'accept'])
      .nullish()
      .transform((choice) => choice ?? 'fail')
      .meta({
        description:
          'What to do when the stack exists: `fail` (default); `retry_failed`: delete a failed stack that an earlier job of ' +
          'this agent left, and create it again; `accept`: continue with a stack that this agent made from the same ' +
          'definition and parameters. With an Idempotency-Key whose job failed or was cancelled, `retry_failed` starts a ' +
          'new attempt, and the key identifies that attempt from then on.',
      }),
    if_superseded: ifSuperseded.meta({
      description:
        'What to do when a traffic change of the application that was submitted later has been applied: `skip` the ' +
        'traffic change and the clean-up, and end as `superseded` (default); `switch` the traffic all the same, unless the ' +
        'later change is a rollback; or `fail`.',
    }),
    source,
  })
  .meta({
    id: 'Deployment',
    description: 'A deployment: create a stack, wait for it, switch traffic, clean up.',
  });
export type DeployPayload = z.output<typeof deployPayload>;

/** A deployment. */
export const deploy = defineJobKind({
  name: 'deploy',
  payload: deployPayload,
  result: {
    create: createResult.optional(),
    wait: waitResult.optional(),
    traffic: trafficResult.optional(),
    clean_up: cleanUpResult.optional(),
  },
  auditAction: 'submit_deployment',
});
