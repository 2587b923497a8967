import { z } from 'zod';
import { jobProgress, type JobRecord, jobSubmission } from './job.js';
import { jobSource } from './source.js';
import { millisecondsBetween } from './step.js';

/** What the record of a finished job takes from these members. */
export const storedMembers = z.object({
  ...jobSubmission.pick({
    id: true,
    kind: true,
    stack_name: true,
    stack_version: true,
    region: true,
    dry_run: true,
    requested_by: true,
    request_id: true,
    created_at: true,
    retry_of: true,
  }).shape,
  ...jobProgress.pick({ status: true, started_at: true, finished_at: true }).shape,
  // Always written: without the defaults of the record.
  source: jobSource.nullable(),
  deadline_at: z.string().nullable(),
  attempt: z.number().int(),
  worker: z.string().nullable(),
});

/** See {@link settledMembers}. */
export interface SettledMembers extends z.infer<typeof storedMembers> {
  readonly duration_ms: number | null;
  readonly expected_finish_at: null;
  readonly expected_from_jobs: number;
  readonly request: null;
  readonly cancel_requested: boolean;
  readonly cancel_requested_by: string | null;
  readonly waiting_for: null;
}

/**
 * The members of a job in the API that follow from its record alone, in the order of the API. What depends on the time, the caller or the
 * workers until the end of a job has the value of a finished job in a list.
 */
export function settledMembers({ submission, progress, attempt, worker, cancel }: JobRecord): SettledMembers {
  return {
    id: submission.id,
    kind: submission.kind,
    status: progress.status,
    stack_name: submission.stack_name,
    stack_version: submission.stack_version,
    region: submission.region,
    dry_run: submission.dry_run,
    requested_by: submission.requested_by,
    request_id: submission.request_id,
    created_at: submission.created_at,
    started_at: progress.started_at,
    finished_at: progress.finished_at,
    duration_ms: millisecondsBetween(progress.started_at, progress.finished_at),
    expected_finish_at: null,
    expected_from_jobs: 0,
    deadline_at: progress.deadline_at,
    attempt,
    worker,
    retry_of: submission.retry_of,
    request: null,
    source: submission.source,
    cancel_requested: cancel !== null,
    cancel_requested_by: cancel?.requested_by ?? null,
    waiting_for: null,
  };
}
