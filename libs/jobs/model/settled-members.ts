import { z } from 'zod';
import { jobProgress, type JobRecord, jobSubmission } from './job.js';
import { jobSource } from './source.js';
import { type WaitingFor } from './status.js';
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

/** The members that depend on the time, the workers or the request until the end of a job. */
interface LiveMembers<Request> {
  readonly expected_finish_at: string | null;
  readonly expected_from_jobs: number;
  readonly request: Request;
  readonly waiting_for: WaitingFor | null;
}

/** See {@link membersOf}. */
export interface JobMembers<Request> extends z.infer<typeof storedMembers>, LiveMembers<Request> {
  readonly duration_ms: number | null;
  readonly cancel_requested: boolean;
  readonly cancel_requested_by: string | null;
}

/**
 * The members of a job in the API but for its steps, its result, and what depends on the caller or the version, in the order of the API. One
 * literal: to copy the members of an object (`...members`) takes longer than to make it.
 */
export function membersOf<Request>(
  { submission, progress, attempt, worker, cancel }: JobRecord,
  live: LiveMembers<Request>,
): JobMembers<Request> {
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
    expected_finish_at: live.expected_finish_at,
    expected_from_jobs: live.expected_from_jobs,
    deadline_at: progress.deadline_at,
    attempt,
    worker,
    retry_of: submission.retry_of,
    request: live.request,
    source: submission.source,
    cancel_requested: cancel !== null,
    cancel_requested_by: cancel?.requested_by ?? null,
    waiting_for: live.waiting_for,
  };
}

/** The same of a finished job in a list: they follow from its record alone. */
export function settledMembers(job: JobRecord): JobMembers<null> {
  return membersOf(job, { expected_finish_at: null, expected_from_jobs: 0, request: null, waiting_for: null });
}
