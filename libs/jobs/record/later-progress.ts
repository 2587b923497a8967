import { z } from 'zod';
import { jobError, type JobErrorRecord } from './job-error.js';
import { jobStatus } from './job-status.js';
import { type StepRecord, stepRecord } from './step-record.js';
import { waitingFor } from './waiting-for.js';

const UNKNOWN_ERROR: JobErrorRecord = {
  code: 'internal',
  detail: 'The job has failed in a way that only a later version of the agent can tell.',
  data: {},
};

function readableSteps(steps: readonly unknown[]): StepRecord[] {
  return steps.flatMap((step) => {
    const parsed = stepRecord.safeParse(step);
    return parsed.success ? [parsed.data] : [];
  });
}

/** The progress that a worker of a later version has written, as far as this one understands it. For showing only. */
export const laterProgress = z.object({
  status: jobStatus,
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  waiting_for: waitingFor.nullable().catch(null),
  steps: z.array(z.unknown()).transform(readableSteps),
  result: z.record(z.string(), z.json()).nullable().catch(null),
  error: jobError.nullable().catch(UNKNOWN_ERROR),
});
