import { z } from 'zod';
import { isJobKind, type JobKind } from '../kinds/index.js';
import { jobError, type JobErrorRecord } from './job-error.js';
import { parsedObject } from './parsed-json.js';
import { jobSource } from './source.js';
import { jobStatus, waitingFor } from './status.js';
import { type StepRecord, stepRecord } from './step.js';

const UNKNOWN_ERROR: JobErrorRecord = {
  code: 'internal',
  detail: 'The job failed with an error that only a later version of Lizzy knows.',
  data: {},
};

function readableSteps(steps: readonly unknown[]): StepRecord[] {
  return steps.flatMap((step) => {
    const parsed = stepRecord.safeParse(step);
    return parsed.success ? [parsed.data] : [];
  });
}

/** The progress that a worker of a later version has written, reduced to the fields that this one knows. For display only. */
export const lenientProgress = z.object({
  status: jobStatus,
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  waiting_for: waitingFor.nullable().catch(null),
  steps: z.array(z.unknown()).transform(readableSteps),
  deadline_at: z.string().nullable().catch(null),
  waited_minutes: z.number().catch(0),
  result: parsedObject.nullable().catch(null),
  error: jobError.nullable().catch(UNKNOWN_ERROR),
});

/**
 * The version of the stored form. A worker leaves a job of a later one alone, and the API shows what it can read of it: a
 * later version may add fields, kinds and reasons, but keeps what `jobSubmission` has.
 */
export const RECORD_SCHEMA_VERSION = 1;

/**
 * The part of a job that is set at submission and never changes.
 * `owns`: stacks of these jobs count as this job's own (a retry continues with what the previous job created).
 * `first_requested_by`: who submitted the first attempt, if another user has submitted this one.
 * `secret_parameters`: the positions of the request's parameters with NoEcho; null: unknown, so that none may be shown.
 */
export const jobSubmission = z.object({
  schema: z.number().int(),
  id: z.string(),
  /** One of `jobKind`, or a kind that only a later version knows. */
  kind: z.string(),
  stack_name: z.string(),
  stack_version: z.string(),
  region: z.string(),
  dry_run: z.boolean(),
  requested_by: z.string(),
  first_requested_by: z.string().optional(),
  request_id: z.string(),
  created_at: z.string(),
  retry_of: z.string().nullable(),
  owns: z.array(z.object({ job_id: z.string(), since: z.string() })),
  source: jobSource.nullable().default(null),
  /** The span of the request, as `traceparent` (W3C Trace Context): spans of all workers belong to it. */
  traceparent: z.string().optional(),
  secret_parameters: z.array(z.number().int()).nullable().default(null),
});
export type JobSubmission = z.infer<typeof jobSubmission>;

/** Who has submitted the first attempt of a job. */
export function firstRequesterOf({ requested_by, first_requested_by }: JobSubmission): string {
  return first_requested_by ?? requested_by;
}

/**
 * What the worker that has claimed the job writes. `deadline_at`: when the unfinished job fails as `timed_out`;
 * `waited_minutes`: how long it had waited for the same when that was last logged.
 */
export const jobProgress = z.object({
  status: jobStatus,
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  waiting_for: waitingFor.nullable(),
  deadline_at: z.string().nullable().default(null),
  waited_minutes: z.number().int().default(0),
  steps: z.array(stepRecord),
  result: parsedObject.nullable(),
  error: jobError.nullable(),
});
export type JobProgress = z.infer<typeof jobProgress>;

/** A request to cancel the job. `delete_stack`: remove the stack that the job itself created. */
export const cancelRequest = z.object({
  requested_at: z.string(),
  requested_by: z.string(),
  delete_stack: z.boolean(),
});
export type CancelRequest = z.infer<typeof cancelRequest>;

/** How much log a finished job has: all lines that were written, and the digest of their text. */
export const logSummary = z.object({
  lines: z.number().int(),
  /** SHA-256 in hex of the lines' text in UTF-8, each with a newline; null when lines were dropped before the end. */
  sha256: z.string().nullable(),
});
export type LogSummary = z.infer<typeof logSummary>;

/**
 * What a list shows of a job that has succeeded, the same for all callers: parts of it as JSON (`settledMembers`, steps, result and log), and
 * what the rest depends on. The long parts are bytes, as they are sent. `isKept`: whether the record stays in memory for further lists.
 */
export interface SucceededLines {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: 'succeeded';
  readonly finished_at: string;
  readonly members: Buffer;
  readonly steps: Buffer;
  readonly result: Buffer;
  readonly log: string;
  readonly isKept: boolean;
}

/** Parts of a finished job as JSON, as the API shows them (`settledMembers`, steps and result), and `stepsThatRan`. */
interface ShownLines {
  readonly members: string;
  readonly steps: string;
  readonly result: string;
  readonly ran: readonly string[];
}

/**
 * A job as it is stored.
 * `seq`: its position in the order of submission; `attempt`: how often a worker has claimed it, not counting claims that
 * were released; `worker`: the worker that has claimed the job, null while none has, after the end the last one; `log`: null
 * until the job has finished; `retriedBy`: the last job that has retried it. `shown`: not there when it has to be made from the record. `succeeded`: the same of a job in a list, when that is all it needs.
 */
export interface JobRecord {
  readonly submission: JobSubmission;
  readonly seq: number;
  readonly attempt: number;
  readonly worker: string | null;
  readonly cancel: CancelRequest | null;
  readonly progress: JobProgress;
  readonly log: LogSummary | null;
  readonly retriedBy?: string | undefined;
  readonly shown?: ShownLines | undefined;
  readonly succeeded?: SucceededLines;
}

const stepStates = z.array(stepRecord.pick({ name: true, status: true }));

/** The steps, by name and status alone: all else of them is not parsed if the job has finished. */
export function stepStatesOf({ shown, progress }: JobRecord): readonly Pick<StepRecord, 'name' | 'status'>[] {
  return shown === undefined ? progress.steps : stepStates.parse(JSON.parse(shown.steps));
}

/** The names of the steps that have run a command, which can have changed something. */
export function stepsThatRan({ shown, progress }: JobRecord): readonly string[] {
  return shown?.ran ?? progress.steps.filter(({ journal }) => journal.length > 0).map(({ name }) => name);
}

/** The progress of a job that no worker has claimed. */
export function unclaimedProgress(since: string): JobProgress {
  return {
    status: 'queued',
    started_at: null,
    finished_at: null,
    waiting_for: { reason: 'worker', since, position: null },
    deadline_at: null,
    waited_minutes: 0,
    steps: [],
    result: null,
    error: null,
  };
}

/** What decides whether an agent of some version understands a job: its kind, and the version of its stored form. */
export const jobSchemaRef = z.object({ kind: z.string(), schema: z.number().int() });
export type JobSchemaRef = z.infer<typeof jobSchemaRef>;

/** The job's kind when this version understands the job; null when it was made by a later version. */
export function supportedKind({ kind, schema }: JobSchemaRef): JobKind | null {
  return isJobKind(kind) && schema <= RECORD_SCHEMA_VERSION ? kind : null;
}
