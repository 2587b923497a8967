import { z } from 'zod';
import { domainShares, unownedRecord } from './domain-shares.js';
import { flag, nullable, source, stackReference } from './fields.js';
import { defineJobKind } from './job-kind.js';
import { checkResult, restoreResult } from './step-results.js';

/** The payload of a `rollback` job. */
export const rollbackPayload = z.strictObject({
  ...stackReference,
  to_job: nullable(z.string().max(100)).meta({
    description: 'Restore the weights from before the traffic change of this job; by default of the last one.',
  }),
  dry_run: flag.meta({ description: 'Only check and show what would be changed.' }),
  source,
  /** The job whose traffic change is undone. */
  undoes: z.string(),
  /** The weights to restore. */
  target: z.array(domainShares).min(1),
  /** The records that belonged to no version: a deleted one is created again. Jobs of older versions of Lizzy have none. */
  records: z.array(unownedRecord).default([]),
});
export type RollbackPayload = z.output<typeof rollbackPayload>;

/** `POST /api/applications/{name}/rollback`. It changes several versions, so it does not lock one of them. */
export const rollback = defineJobKind({
  name: 'rollback',
  payload: rollbackPayload,
  result: {
    check: checkResult.optional(),
    traffic: restoreResult.optional(),
  },
  auditAction: 'roll_back_traffic',
  startsWithNameLock: ({ dry_run }) => !dry_run,
  locksVersion: false,
});
