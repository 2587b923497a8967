import { isTerminal, type JobRecord, supportedKind, REQUEST_RETENTION_SECONDS, type WaitingFor, JobQueue } from '#jobs';
import { jobError } from './job-problem.js';
import { type JobView } from './job.dto.js';
import { Injectable } from '@nestjs/common';
import { WorkerMonitor } from '../status/worker-monitor.js';

/** What is known of a job beside its record. */
export interface JobContext {
  /** Its place among those that wait for a worker, 1 is next; null: it does not, or nobody knows. */
  readonly position: number | null;
  /** False: no living worker runs jobs of its kind. */
  readonly hasWorker: boolean;
  readonly now: Date;
}

/** Where a job stands in the API. */
export function jobPath(id: string): string {
  return `/api/jobs/${id}`;
}

/** Shows a job to a caller. */
export function jobView({ submission, progress, attempt, cancel }: JobRecord, around: JobContext): JobView {
  const self = jobPath(submission.id);
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
    attempt,
    retry_of: submission.retry_of,
    cancel_requested: cancel !== null,
    waiting_for: waitOf(progress.waiting_for, submission.kind, around),
    steps: progress.steps.map(({ name, status, started_at, finished_at, message }) => {
      return { name, status, started_at, finished_at, message };
    }),
    result: progress.result,
    error: progress.error === null ? null : jobError(progress.error),
    actions: {
      cancel: !isTerminal(progress.status),
      retry:
        isRetryable(progress.status) &&
        isRequestKept(progress.finished_at, around.now) &&
        supportedKind(submission) !== null,
    },
    links: { self, log: `${self}/log`, events: `${self}/events` },
  };
}

/** Whether a job that ended like this may be tried again. */
export function isRetryable(status: JobView['status']): boolean {
  return status === 'failed' || status === 'cancelled';
}

function isRequestKept(finishedAt: string | null, now: Date): boolean {
  return finishedAt !== null && now.getTime() - Date.parse(finishedAt) < REQUEST_RETENTION_SECONDS * 1000;
}

function waitOf(wait: WaitingFor | null, kind: string, { position, hasWorker }: JobContext): WaitingFor | null {
  if (wait?.reason !== 'worker') return wait;
  return hasWorker ? { ...wait, position } : { reason: 'no_worker_for', since: wait.since, kind };
}

/** How much of the queue is read for a page of jobs, so that its cost does not depend on how many jobs wait. */
const LIST_POSITION_LIMIT = 100;

/**
 * Shows jobs with their place in the queue and what the workers report. The place is a courtesy: it is null when the queue
 * cannot be read, so that an accepted job is always named in the response.
 */
@Injectable()
export class JobPresenter {
  constructor(
    private readonly queue: JobQueue,
    private readonly workers: WorkerMonitor,
  ) {}

  /** One job. */
  async one(job: JobRecord): Promise<JobView> {
    const position = waitsForWorker(job) ? await this.queue.position(job.submission.id).catch(() => null) : null;
    return this.view(job, position);
  }

  /** Several jobs. Only positions up to {@link LIST_POSITION_LIMIT} are known in lists. */
  async many(jobs: readonly JobRecord[]): Promise<JobView[]> {
    const waiting = jobs.some(waitsForWorker) ? await this.queue.next(LIST_POSITION_LIMIT).catch(() => []) : [];
    const places = new Map(waiting.map((id, index) => [id, index + 1]));
    return jobs.map((job) => this.view(job, places.get(job.submission.id) ?? null));
  }

  private view(job: JobRecord, position: number | null): JobView {
    return jobView(job, { position, hasWorker: this.workers.canRun(job.submission) ?? true, now: new Date() });
  }
}

function waitsForWorker({ progress }: JobRecord): boolean {
  return progress.waiting_for?.reason === 'worker';
}
