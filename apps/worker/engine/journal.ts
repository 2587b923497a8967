import {
  type JobClaim,
  type JobFailedError,
  type JobProgress,
  type StepRecord,
  type StepStatus,
  timestamp,
  type Wait,
} from '#jobs';
import { isDeepStrictEqual } from 'node:util';
import { type JobLogWriter } from './job-log-writer.js';
import { type JobTelemetry } from './job-telemetry.js';
import { type StepServices } from './step-context.js';

/**
 * Records the progress of a job before and after each change, so that the worker that continues after a crash knows what
 * was started, and writes the job's milestones to its log. All times are those of Redis.
 * @throws ClaimLostError when another worker has the job
 */
export class Journal {
  constructor(
    private readonly claim: JobClaim,
    readonly progress: JobProgress,
    private readonly clock: Pick<StepServices, 'now' | 'pollMs'>,
    private readonly writer: JobLogWriter,
    private readonly telemetry: JobTelemetry,
  ) {}

  /** The job holds its version lock and starts, or continues. */
  async running(): Promise<void> {
    if (this.progress.status === 'running') return;
    this.progress.status = 'running';
    this.progress.started_at = await this.time();
    this.progress.waiting_for = null;
    await this.save();
    this.telemetry.started(this.progress.started_at);
  }

  /** A step holds the locks that it needs, and starts or continues. */
  async stepStarted(step: StepRecord): Promise<void> {
    const isWaitOver = this.progress.waiting_for?.reason === 'lock';
    if (isWaitOver) this.progress.waiting_for = null;
    if (step.status === 'running' && !isWaitOver) return;
    if (step.status !== 'running') {
      this.log(step.name, `Step ${step.name} started`);
      this.telemetry.stepStarted(step.name);
    }
    step.status = 'running';
    step.started_at ??= await this.time();
    await this.save();
  }

  /** A step has succeeded. */
  async stepSucceeded(step: StepRecord, message: string | null): Promise<void> {
    await this.end(step, 'succeeded', message);
    this.progress.waiting_for = null;
    await this.save();
  }

  /**
   * Finishes the steps of a job that fails or is cancelled. It is saved together with the job's final status only: a worker
   * that continues a job skips all finished steps, also a failed one.
   */
  async stepsFinished(status: 'failed' | 'cancelled' | 'skipped', message: string): Promise<void> {
    for (const step of this.progress.steps) {
      if (step.status === 'running') await this.end(step, status, message);
      if (step.status === 'pending') step.status = 'skipped';
    }
  }

  /** Records that a change is about to be made. The change must not start before this is saved. */
  async applyStarted(step: StepRecord): Promise<void> {
    step.journal.push({ started_at: await this.time(), ended_at: null, succeeded: null });
    this.progress.waiting_for = null;
    // This is no progress: a change that crashes its worker each time must not run forever.
    await this.claim.save(this.progress, { madeProgress: false });
  }

  /**
   * Records that a change has finished. The next observation shows its effect.
   * @param failure fails the job if the change had no effect
   */
  async applyFinished(step: StepRecord, succeeded: boolean, failure?: JobFailedError): Promise<void> {
    const entry = step.journal.at(-1);
    if (entry !== undefined) {
      Object.assign(entry, { ended_at: await this.time(), succeeded });
      if (failure !== undefined) entry.failure = failure.toRecord();
    }
    await this.save();
  }

  /** Records what the job waits for; `since` is kept while that does not change. */
  async waitingFor(wait: Wait): Promise<void> {
    const { since, ...before } = this.progress.waiting_for ?? { since: '' };
    const isSame = isDeepStrictEqual(before, wait);
    const step = this.progress.steps.find(({ status }) => status === 'running')?.name ?? null;
    if (!isSame) {
      this.log(step, `Waiting: ${describeWait(wait)}`);
      this.telemetry.waiting(wait);
    } else if (isReminderDue(since, await this.clock.now(), this.clock.pollMs))
      this.log(step, `Still waiting since ${since}: ${describeWait(wait)}`);
    this.progress.waiting_for = { ...wait, since: isSame ? since : await this.time() };
    await this.save();
  }

  /** Finishes the job: nothing is saved after this. Returns the jobs that its locks wake, see `JobClaim.finish`. */
  async finish(end: Pick<JobProgress, 'status' | 'error' | 'result'>): Promise<string[] | 'cancel_requested'> {
    // A copy: a job that continues after all (`cancel_requested`) must not be saved with this status.
    const ended = { ...this.progress, ...end, waiting_for: null, finished_at: await this.time() };
    await this.writer.flush(); // A client that sees the final status can read the whole log immediately.
    const woken = await this.claim.finish(ended);
    if (woken !== 'cancel_requested') this.telemetry.finished(ended);
    return woken;
  }

  private async end(step: StepRecord, status: StepStatus, message: string | null): Promise<void> {
    step.started_at ??= await this.time();
    step.status = status;
    step.finished_at = await this.time();
    step.message = message;
    const seconds = formatSeconds(Date.parse(step.finished_at) - Date.parse(step.started_at));
    this.log(step.name, `Step ${step.name} ${status} after ${seconds}${message === null ? '' : `: ${message}`}`);
    Object.assign(step, { deferrals: 0, unknown_observations: 0 });
    this.telemetry.stepFinished(step);
  }

  /** A step is deferred because of AWS; it is tried again later. */
  deferred({ code, detail }: JobFailedError): void {
    this.log(this.progress.steps.find(({ status }) => status === 'running')?.name ?? null, `Deferred: ${detail}`);
    this.telemetry.deferred(code);
  }

  private log(step: string | null, text: string): void {
    this.writer.write({ source: 'agent', step, text });
  }

  private async time(): Promise<string> {
    return timestamp(await this.clock.now());
  }

  private async save(): Promise<void> {
    await this.claim.save(this.progress, { madeProgress: true });
  }
}

/** How often a job that still waits for the same writes a line to its log, in milliseconds. */
const LOG_REMINDER_MS = 60_000;

/** True once a minute for a job that is observed every `pollMs`. */
function isReminderDue(since: string, now: number, pollMs: number): boolean {
  const waitedMs = now - Date.parse(since);
  return waitedMs >= LOG_REMINDER_MS && waitedMs % LOG_REMINDER_MS < pollMs;
}

/** What a job waits for, as a sentence of its log. */
function describeWait(wait: Wait): string {
  switch (wait.reason) {
    case 'worker':
      return 'a worker has to take the job';
    case 'lock': {
      const holder = wait.stack === null ? '' : ` (${wait.stack}, by ${wait.requested_by ?? 'unknown'})`;
      return `job ${wait.job_id}${holder} holds the lock of the ${wait.scope}`;
    }
    case 'cloudformation':
      return `stack ${wait.stack}: ${wait.state}`;
    case 'throttled':
      return wait.detail;
    case 'no_worker_for':
      return wait.detail;
  }
}

function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
