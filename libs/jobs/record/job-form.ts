import { z } from 'zod';
import { jobKind, type JobKind } from './job-kind.js';
import { RECORD_SCHEMA_VERSION } from './job-record.js';

/** What decides whether an agent of some version understands a job: its kind, and the version of its stored form. */
export const jobForm = z.object({ kind: z.string(), schema: z.number().int() });
export type JobForm = z.infer<typeof jobForm>;

/** The job's kind when this version understands the job, else null: it is a later version's. */
export function kindOf({ kind, schema }: JobForm): JobKind | null {
  const known = jobKind.safeParse(kind);
  return known.success && schema <= RECORD_SCHEMA_VERSION ? known.data : null;
}
