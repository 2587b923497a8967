import {
  isJobKind,
  isTerminal,
  JOB_KINDS,
  jobResultOf,
  type JobRecord,
  membersOf,
  publicStep,
  REQUEST_RETENTION_SECONDS,
  type SucceededLines,
  supportedKind,
  timestamp,
  type UsualDuration,
  type WaitingFor,
} from '#jobs';
import { hasStepsAfterSuccess, nextSteps, whileWaiting } from './next/job-next.js';
import { jobPath } from './job-path.js';
import { jobError } from './job-problem.js';
import { type JobRequestView } from './job-request.js';
import { type JobView } from './job.dto.js';

/** What is known about a job besides its record. */
export interface JobContext {
  /** Its position among the jobs that wait for a worker, 1 is next; null when it does not wait or the position is unknown. */
  readonly position: number | null;
  /** Why no live, healthy worker can run it; null when one can, or when that is unknown. `since`: null when unknown. */
  readonly noWorker: { readonly detail: string; readonly since: string | null } | null;
  /** Whether the caller may cancel and retry it. */
  readonly mayAct: boolean;
  /** How long such jobs usually take; null when that is unknown. */
  readonly usual: UsualDuration | null;
  /** The request; null when it is not shown, or no longer kept. */
  readonly request: JobRequestView | null;
  /** Whether Redis is known not to hold the request any more. */
  readonly isRequestGone: boolean;
  readonly now: Date;
}

/** What follows the steps of a settled job, and ends it. */
const RESULT = Buffer.from(',"result":');
const END = Buffer.from('}');

/** A job without its steps and its result, which are most of its representation. */
export type JobSummary = Omit<JobView, 'steps' | 'result'>;

/** Converts a job to its representation in the API. */
export function jobView(job: JobRecord, context: JobContext): JobView {
  const { submission, progress } = job;
  const result = jobResultOf(submission.kind, progress.result);
  return { ...jobSummary(job, context), steps: progress.steps.map(publicStep), result };
}

/** The same as JSON. What a finished job always shows is copied, as it was stored. */
export function jobJson(job: JobRecord, context: JobContext): string {
  const { error, retried_by, actions, next, links, waiting_for } = changingMembers(job, context);
  const { submission, progress, shown, log } = job;
  const parts = shown ?? {
    members: JSON.stringify(membersOf(job, liveMembers(job, context, waiting_for))),
    steps: JSON.stringify(progress.steps.map(publicStep)),
    result: JSON.stringify(jobResultOf(submission.kind, progress.result)),
  };
  return joined(parts, JSON.stringify({ error, retried_by, actions, next, log, links }));
}

/** The same of a settled job, as bytes. */
export function succeededJson({ members, steps, result, log, ...job }: SucceededLines, now: Date): Buffer {
  const links = JSON.stringify(linksOf(job, isRequestKept(job, now)));
  const nothing = '"error":null,"retried_by":null,"actions":{"cancel":false,"retry":false},"next":[]';
  const changing = Buffer.from(`,${nothing},"log":${log},"links":${links},"steps":`);
  return Buffer.concat([members.subarray(0, -1), changing, steps, RESULT, result, END]);
}

/** A job that has succeeded: every caller sees the same of it, and can do nothing more with it. */
export interface SettledJob extends JobRecord {
  readonly succeeded: SucceededLines;
}

/** Whether a job is settled. A deletion is not: see `nextSteps`. */
export function isSettled(job: JobRecord): job is SettledJob {
  return job.succeeded !== undefined && !hasStepsAfterSuccess(job.succeeded.kind);
}

/** All that `succeededJson` depends on besides the record. */
export function settledVariantOf({ succeeded }: SettledJob, now: Date): string {
  return String(isRequestKept(succeeded, now));
}

/** All that `jobJson` depends on besides the record. */
export function variantOf(job: Ending, { position, noWorker, mayAct, usual, now }: JobContext): string {
  return JSON.stringify([isRequestKept(job, now), position, noWorker, mayAct, usual]);
}

/** One object from the members of three; in the order of `jobView`. */
function joined(
  { members, steps, result }: { readonly members: string; readonly steps: string; readonly result: string },
  changing: string,
): string {
  return `${members.slice(0, -1)},${changing.slice(1, -1)},"steps":${steps},"result":${result}}`;
}

/** The job without its steps and its result. */
export function jobSummary(job: JobRecord, context: JobContext): JobSummary {
  const { waiting_for, error, retried_by, actions, next, links } = changingMembers(job, context);
  const members = membersOf(job, liveMembers(job, context, waiting_for));
  return { ...members, error, retried_by, actions, next, log: job.log, links };
}

type LiveMembers = Pick<JobView, 'expected_finish_at' | 'expected_from_jobs' | 'request' | 'waiting_for'>;

function liveMembers(job: JobRecord, { usual, request }: JobContext, wait: WaitingFor | null): LiveMembers {
  const { expected_finish_at, expected_from_jobs } = expectedEnd(job, usual);
  return { expected_finish_at, expected_from_jobs, request, waiting_for: wait };
}

/** What can change after the end of a job: with the time, the caller, and the version of Lizzy. */
function changingMembers(
  job: JobRecord,
  context: JobContext,
): Pick<JobView, 'waiting_for' | 'error' | 'retried_by' | 'actions' | 'next' | 'links'> {
  const { submission, progress } = job;
  const { id, kind } = submission;
  const { status, finished_at } = progress;
  const wait = waitOf(job, context);
  const isKept = !context.isRequestGone && isRequestKept({ status, finished_at }, context.now);
  const retry =
    context.mayAct &&
    job.retriedBy === undefined &&
    isRetryable(status) &&
    progress.error?.code !== 'record_damaged' &&
    isKept &&
    supportedKind(submission) !== null;
  return {
    waiting_for: wait,
    error: progress.error === null ? null : jobError(progress.error),
    retried_by: job.retriedBy ?? null,
    actions: { cancel: context.mayAct && !isTerminal(status), retry },
    next: wait === null ? nextSteps(job, retry) : whileWaiting(id, wait),
    links: linksOf({ id, kind }, isKept),
  };
}

type Ending = Pick<JobView, 'status' | 'finished_at'>;

function linksOf({ id, kind }: Pick<JobView, 'id' | 'kind'>, isRequestKept: boolean): JobView['links'] {
  const self = jobPath(id);
  const definition = isRequestKept && hasDefinition(kind) ? `${self}/definition` : null;
  return { self, log: `${self}/log`, events: `${self}/events`, definition };
}

/** Whether a job that finished like this can be retried. */
export function isRetryable(status: JobView['status']): boolean {
  return status === 'failed' || status === 'cancelled';
}

/** From the start, or before it from the submission: how long the job will wait is unknown. */
function expectedEnd(
  { submission, progress: { started_at: start, finished_at: end } }: JobRecord,
  usual: UsualDuration | null,
): Pick<JobView, 'expected_finish_at' | 'expected_from_jobs'> {
  if (end !== null || usual === null) return { expected_finish_at: null, expected_from_jobs: 0 };
  const from = Date.parse(start ?? submission.created_at);
  return { expected_finish_at: timestamp(from + usual.medianMs), expected_from_jobs: usual.samples };
}

function hasDefinition(kind: string): boolean {
  return isJobKind(kind) && JOB_KINDS[kind].hasDefinition;
}

function isRequestKept({ status, finished_at: end }: Ending, now: Date): boolean {
  return !isTerminal(status) || (end !== null && now.getTime() - Date.parse(end) < REQUEST_RETENTION_SECONDS * 1000);
}

/** A job that no worker can continue waits for one, whatever else its record says. */
function waitOf({ submission, progress }: JobRecord, { position, noWorker }: JobContext): WaitingFor | null {
  const { waiting_for: wait, started_at: startedAt } = progress;
  if (noWorker !== null) {
    const since = wait?.since ?? startedAt ?? submission.created_at;
    const isLater = noWorker.since !== null && noWorker.since > since;
    return {
      reason: 'no_worker_for',
      since: isLater ? noWorker.since : since,
      kind: submission.kind,
      detail: noWorker.detail,
    };
  }
  return wait?.reason === 'worker' ? { ...wait, position } : wait;
}
