import { rollbackPayload } from '#jobs';
import { type z } from 'zod';

const options = rollbackPayload.pick({ region: true, to_job: true, dry_run: true, source: true }).meta({
  id: 'Rollback',
  description: 'Which traffic change to undo. Without `to_job` it is the last one that this agent made.',
});

/** The body of `POST /api/applications/{name}/rollback`; it can be missing. */
export const rollbackBody = options.nullish().transform((body) => body ?? options.parse({}));
export type RollbackBody = z.output<typeof rollbackBody>;
