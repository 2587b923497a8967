import { AccessRules, type Caller } from '#auth';
import { isTerminal, type JobRecord, supportedKind, REQUEST_RETENTION_SECONDS, type WaitingFor, JobStore } from '#jobs';
import { nextSteps } from './job-next.js';
import { jobPath } from './job-path.js';
import { jobError } from './job-problem.js';
import { type JobView } from './job.dto.js';
import { Injectable } from '@nestjs/common';
import { WorkerMonitor } from '../status/worker-monitor.js';

/** What is known about a job besides its record. */
export interface JobContext {
  /** Its position among the jobs that wait for a worker, 1 is next; null when it does not wait or the position is unknown. */
  readonly position: number | null;
  /** Why no live, healthy worker can run it; null when one can, or when that is unknown. */
  readonly noWorker: string | null;
  /** Whether the caller may cancel and retry it. */
  readonly mayAct: boolean;
  readonly now: Date;
}

/** Kinds whose request contains a definition. */
const KINDS_WITH_DEFINITION: readonly string[] = ['deploy', 'create_stack', 'update_stack'];

/** Converts a job to its representation in the API. */
export function jobView(job: JobRecord, around: JobContext): JobView {
  const { submission, progress, attempt, cancel, log } = job;
  const self = jobPath(submission.id);
  const isKept = !isTerminal(progress.status) || isRequestKept(progress.finished_at, around.now);
  const retry = around.mayAct && isRetryable(progress.status) && isKept && supportedKind(submission) !== null;
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
    attempt,
    retry_of: submission.retry_of,
    source: submission.source,
    cancel_requested: cancel !== null,
    waiting_for: waitOf(progress.waiting_for, submission.kind, around),
    steps: progress.steps.map(({ name, status, started_at, finished_at, message }) => {
      return { name, status, started_at, finished_at, duration_ms: durationOf({ started_at, finished_at }), message };
    }),
    result: progress.result,
    error: progress.error === null ? null : jobError(progress.error),
    actions: { cancel: around.mayAct && !isTerminal(progress.status), retry },
    next: nextSteps(job, retry),
    log,
    links: {
      self,
      log: `${self}/log`,
      events: `${self}/events`,
      definition: isKept && KINDS_WITH_DEFINITION.includes(submission.kind) ? `${self}/definition` : null,
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

function isRequestKept(finishedAt: string | null, now: Date): boolean {
  return finishedAt !== null && now.getTime() - Date.parse(finishedAt) < REQUEST_RETENTION_SECONDS * 1000;
}

/** A job that waits for anything also waits for a worker when no worker can continue it. */
function waitOf(wait: WaitingFor | null, kind: string, { position, noWorker }: JobContext): WaitingFor | null {
  if (wait === null) return null;
  if (noWorker !== null) return { reason: 'no_worker_for', since: wait.since, kind, detail: noWorker };
  return wait.reason === 'worker' ? { ...wait, position } : wait;
}

/**
 * Shows jobs with their position among the waiting ones and what the workers report. The position is best effort: it is
 * null when Redis cannot be read, so that an accepted job is always named in the response.
 */
@Injectable()
export class JobPresenter {
  constructor(
    private readonly store: JobStore,
    private readonly workers: WorkerMonitor,
    private readonly access: AccessRules,
  ) {}

  /** One job, as this caller sees it. */
  async one(job: JobRecord, caller: Caller): Promise<JobView> {
    return (await this.many([job], caller))[0] ?? this.view(job, null, caller);
  }

  /** Several jobs. */
  async many(jobs: readonly JobRecord[], caller: Caller): Promise<JobView[]> {
    const waiting = jobs.filter(waitsForWorker).map(({ submission }) => submission.id);
    const positions = await this.store.waitingPositions(waiting).catch(() => []);
    const places = new Map(waiting.map((id, index) => [id, positions[index] ?? null]));
    return jobs.map((job) => this.view(job, places.get(job.submission.id) ?? null, caller));
  }

  private view(job: JobRecord, position: number | null, caller: Caller): JobView {
    const { submission } = job;
    const noWorker = this.workers.canRun(submission) === false ? this.workers.reasonAgainst(submission) : null;
    const mayAct = this.access.mayActOnJobsOf(submission.requested_by, caller);
    return jobView(job, { position, noWorker, mayAct, now: new Date() });
  }
}

function waitsForWorker({ progress }: JobRecord): boolean {
  return progress.waiting_for?.reason === 'worker';
}
