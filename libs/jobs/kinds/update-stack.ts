import { z } from 'zod';
import { flag, parameters, senzaYaml, source, stackReference, timeoutSeconds } from './fields.js';
import { defineJobKind } from './job-kind.js';
import { updateResult, waitResult } from './step-results.js';

/** The payload of an `update_stack` job. */
export const updateStackPayload = z.strictObject({
  ...stackReference,
  senza_yaml: senzaYaml,
  parameters,
  disable_rollback: flag.meta({
    description: 'Passed to `senza update`. Senza 2.1.143 accepts it there and ignores it: failed updates roll back.',
  }),
  dry_run: flag.meta({ description: 'Have Senza check the definition without updating anything.' }),
  timeout_seconds: timeoutSeconds,
  source,
});
export type UpdateStackPayload = z.output<typeof updateStackPayload>;

/** `PUT /api/stacks/{id}`: updates an existing stack to another definition. */
export const updateStack = defineJobKind({
  name: 'update_stack',
  payload: updateStackPayload,
  result: { update: updateResult.optional(), wait: waitResult.optional() },
  auditAction: 'update_stack',
});
