import { AccessRules, type Caller } from '#auth';
import {
  isJobKind,
  isTerminal,
  JOB_KINDS,
  JobDurations,
  jobResultOf,
  type JobRecord,
  JobStore,
  REQUEST_RETENTION_SECONDS,
  supportedKind,
  timestamp,
  type UsualDuration,
  type WaitingFor,
} from '#jobs';
import { nextSteps, whileWaiting } from './job-next.js';
import { jobPath } from './job-path.js';
import { jobError } from './job-problem.js';
import { type JobRequestView, shownRequest } from './job-request.js';
import { JobTexts } from './job-texts.js';
import { type JobView } from './job.dto.js';
import { Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { WorkerMonitor } from '../status/worker-monitor.js';

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
  readonly now: Date;
}

/** Converts a job to its representation in the API. */
function jobView(job: JobRecord, context: JobContext): JobView {
  const { submission, progress, attempt, cancel, log } = job;
  const self = jobPath(submission.id);
  const isKept = !isTerminal(progress.status) || isRequestKept(progress.finished_at, context.now);
  const wait = waitOf(job, context);
  const retry = context.mayAct && isRetryable(progress.status) && isKept && supportedKind(submission) !== null;
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
    duration_ms: durationOf(progress),
    ...expectedEnd(job, context.usual),
    deadline_at: progress.deadline_at,
    attempt,
    worker: job.worker,
    retry_of: submission.retry_of,
    request: context.request,
    source: submission.source,
    cancel_requested: cancel !== null,
    cancel_requested_by: cancel?.requested_by ?? null,
    waiting_for: wait,
    steps: progress.steps.map(({ name, status, started_at, finished_at, message }) => {
      return { name, status, started_at, finished_at, duration_ms: durationOf({ started_at, finished_at }), message };
    }),
    result: jobResultOf(submission.kind, progress.result),
    error: progress.error === null ? null : jobError(progress.error),
    actions: { cancel: context.mayAct && !isTerminal(progress.status), retry },
    next: wait === null ? nextSteps(job, retry) : whileWaiting(submission.id, wait),
    log,
    links: {
      self,
      log: `${self}/log`,
      events: `${self}/events`,
      definition: isKept && hasDefinition(submission.kind) ? `${self}/definition` : null,
    },
  };
}

/** Whether a job that finished like this can be retried. */
export function isRetryable(status: JobView['status']): boolean {
  return status === 'failed' || status === 'cancelled';
}

function durationOf({
  started_at: start,
  finished_at: end,
}: {
  started_at: string | null;
  finished_at: string | null;
}): number | null {
  return start === null || end === null ? null : Date.parse(end) - Date.parse(start);
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

function isRequestKept(finishedAt: string | null, now: Date): boolean {
  return finishedAt !== null && now.getTime() - Date.parse(finishedAt) < REQUEST_RETENTION_SECONDS * 1000;
}

/** A job that no worker can continue waits for one, whatever else its record says. */
function waitOf({ submission, progress }: JobRecord, { position, noWorker }: JobContext): WaitingFor | null {
  const { waiting_for: wait, started_at: startedAt } = progress;
  if (noWorker !== null) {
    const since = [wait?.since ?? startedAt ?? submission.created_at, noWorker.since ?? ''].toSorted().at(-1) ?? '';
    return { reason: 'no_worker_for', since, kind: submission.kind, detail: noWorker.detail };
  }
  return wait?.reason === 'worker' ? { ...wait, position } : wait;
}

/** All that the representation of a job depends on, except for its record. */
function variantOf({ progress }: JobRecord, { now, ...others }: JobContext): string {
  if (!isTerminal(progress.status)) return JSON.stringify(others);
  const { mayAct } = others;
  return `${String(mayAct)} ${String(isRequestKept(progress.finished_at, now))}`;
}

/**
 * Shows jobs with what is known besides their records: positions, usual durations, what the workers report. That is best
 * effort: it is left out when Redis cannot be read, so that an accepted job is always named in the response.
 */
@Injectable()
export class JobPresenter {
  private readonly texts = new JobTexts();

  constructor(
    private readonly store: JobStore,
    private readonly durations: JobDurations,
    private readonly workers: WorkerMonitor,
    private readonly access: AccessRules,
  ) {}

  /** The response to a request that was accepted as a job, or changed one: the job, with its path in `Location`. */
  async accepted(job: JobRecord, caller: Caller, reply: FastifyReply): Promise<JobView> {
    const view = await this.one(job, caller);
    reply.header('location', view.links.self);
    return view;
  }

  /** One job as this caller sees it, with its request. */
  async one(job: JobRecord, caller: Caller): Promise<JobView> {
    const { id, secret_parameters: secrets } = job.submission;
    const [payload, position, usual] = await Promise.all([
      this.store.request(id).catch(() => null),
      this.positions([job]),
      this.usual([job]),
    ]);
    const mayAct = this.mayAct(job, caller);
    const request = shownRequest(payload, secrets);
    const known = { position: position(job), usual: usual(job), request, mayAct, now: new Date() };
    return jobView(job, this.context(job, known));
  }

  /** Several jobs as this caller sees them, without their requests. */
  async many(jobs: readonly JobRecord[], caller: Caller): Promise<JobView[]> {
    const contextOf = await this.contexts(jobs, caller);
    return jobs.map((job) => jobView(job, contextOf(job)));
  }

  /** The same as JSON in UTF-8: a job is converted once, as long as its record is in memory and nothing else changes. */
  async manyAsJson(jobs: readonly JobRecord[], caller: Caller): Promise<Buffer[]> {
    const contextOf = await this.contexts(jobs, caller);
    return jobs.map((job) => {
      const context = contextOf(job);
      return this.texts.json(job, variantOf(job, context), () => jobView(job, context));
    });
  }

  private async contexts(jobs: readonly JobRecord[], caller: Caller): Promise<(job: JobRecord) => JobContext> {
    const [position, usual] = await Promise.all([this.positions(jobs), this.usual(jobs)]);
    const now = new Date();
    return (job) => {
      const mayAct = this.mayAct(job, caller);
      return this.context(job, { position: position(job), usual: usual(job), request: null, mayAct, now });
    };
  }

  private mayAct({ submission }: JobRecord, caller: Caller): boolean {
    return this.access.mayActOnJobsOf(submission.requested_by, caller);
  }

  private async positions(jobs: readonly JobRecord[]): Promise<(job: JobRecord) => number | null> {
    const waiting = jobs.filter(waitsForWorker).map(({ submission }) => submission.id);
    if (waiting.length === 0) return () => null;
    const positions = await this.store.waitingPositions(waiting).catch(() => []);
    const places = new Map(waiting.map((id, index) => [id, positions[index] ?? null]));
    return ({ submission }) => places.get(submission.id) ?? null;
  }

  /** One read for each application and kind, however many jobs there are. */
  private async usual(jobs: readonly JobRecord[]): Promise<(job: JobRecord) => UsualDuration | null> {
    const unfinished = jobs.filter(({ progress }) => !isTerminal(progress.status)).map(({ submission }) => submission);
    if (unfinished.length === 0) return () => null;
    const subjects = new Map(unfinished.map((submission) => [subjectOf(submission), submission]));
    const read = await this.durations.usual([...subjects.values()]).catch(() => []);
    const durations = new Map([...subjects.keys()].map((key, index) => [key, read[index] ?? null]));
    return ({ submission }) => durations.get(subjectOf(submission)) ?? null;
  }

  private context(job: JobRecord, known: Omit<JobContext, 'noWorker'>): JobContext {
    const { submission, progress } = job;
    if (isTerminal(progress.status)) return { ...known, noWorker: null };
    // An unhealthy worker, or one that is about to stop, takes no jobs, but completes the command that it runs.
    const isRunning = progress.waiting_for === null && this.workers.isAlive(job.worker);
    const isStuck = !isRunning && this.workers.canRun(submission) === false;
    return { ...known, noWorker: isStuck ? this.workers.reasonAgainst(submission) : null };
  }
}

function subjectOf({ kind, region, stack_name: name }: JobRecord['submission']): string {
  return `${kind} ${region} ${name}`;
}

function waitsForWorker({ progress }: JobRecord): boolean {
  return progress.waiting_for?.reason === 'worker';
}
