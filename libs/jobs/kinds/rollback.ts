import { z } from 'zod';
import { domainShares } from './domain-shares.js';
import { flag, nullable, source, stackReference } from './fields.js';
import { defineJobKind } from './job-kind.js';
import { checkResult, trafficResult } from './step-results.js';

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
  target: z.array(domainShares),
  /** The traffic changes that restore them, in order. */
  moves: z.array(z.object({ version: z.string(), percentage: z.number() })).min(1),
});
export type RollbackPayload = z.output<typeof rollbackPayload>;

/** `POST /api/applications/{name}/rollback`. It changes several versions, so it does not lock one of them. */
export const rollback = defineJobKind({
  name: 'rollback',
  payload: rollbackPayload,
  result: {
    check: checkResult.optional(),
    traffic: trafficResult.optional().meta({ description: 'The weights before and after the whole rollback.' }),
  },
  auditAction: 'roll_back_traffic',
  startsWithNameLock: ({ dry_run }) => !dry_run,
  locksVersion: false,
});
