import {
  type JobClaim,
  type JobFailedError,
  type JobProgress,
  type StepRecord,
  type StepStatus,
  timestamp,
  type Wait,
  type WaitingFor,
  waitingFor,
} from '#jobs';
import { isDeepStrictEqual } from 'node:util';
import { describeWait, subjectOf } from './describe-wait.js';
import { type JobLogWriter } from './job-log-writer.js';
import { type JobTelemetry } from './job-telemetry.js';
import { JOB_LIMIT_MS } from './retry-policy.js';
import { type StepServices } from './step-context.js';

/** How long a time that was read from Redis is reused, in milliseconds, so that short steps need fewer round trips. */
const CURRENT_FOR_MS = 5;

/**
 * Records the progress of a job before and after each change, so that the worker that continues after a crash knows what
 * was started, and writes the job's milestones to its log. All times are those of Redis.
 * @throws ClaimLostError when another worker has the job
 */
export class Journal {
  /** The progress with which the job has finished; null until then. */
  final: JobProgress | null = null;
  /** Resolves when all progress that was sent is stored. */
  private saving: Promise<unknown> = Promise.resolve();
  /** When the job or its last step reached the state in which the next step starts; null before. */
  private lastTransition: string | null = null;
  /** The wait that an attempt interrupts: it continues when the attempt is deferred again. */
  private interruptedWait: WaitingFor | null = null;
  /** The last time that was read, and when, by the monotonic clock of this process. */
  private lastTime: { readonly text: string; readonly readAt: number } | null = null;

  constructor(
    private readonly claim: JobClaim,
    readonly progress: JobProgress,
    private readonly clock: Pick<StepServices, 'now' | 'pollMs'>,
    private readonly writer: JobLogWriter,
    private readonly telemetry: JobTelemetry,
  ) {}

  /**
   * The job holds its version lock and starts, or continues.
   * @param now in milliseconds since 1970
   */
  async running(now: number): Promise<void> {
    if (this.progress.status === 'running') return;
    this.progress.status = 'running';
    this.progress.started_at = this.lastTransition = timestamp(now);
    this.progress.waiting_for = null;
    this.setDeadline();
    await this.save();
    this.telemetry.started(this.progress.started_at);
  }

  /** A step holds the locks that it needs, and starts or continues. Does not wait for Redis, see {@link saved}. */
  async stepStarted(step: StepRecord): Promise<void> {
    const isWaitOver = this.progress.waiting_for?.reason === 'lock';
    if (isWaitOver) this.progress.waiting_for = null;
    if (step.status === 'running' && !isWaitOver) return;
    if (step.status !== 'running') {
      this.log(step.name, `Step ${step.name} started`);
      this.telemetry.stepStarted(step.name);
    }
    step.status = 'running';
    step.started_at ??= this.lastTransition ?? (await this.time());
    this.sendProgress();
  }

  /** A step has succeeded. Does not wait for Redis, see {@link saved}. */
  async stepSucceeded(step: StepRecord, message: string | null): Promise<void> {
    await this.end(step, 'succeeded', message);
    this.lastTransition = step.finished_at;
    this.progress.waiting_for = null;
    this.setDeadline();
    this.sendProgress();
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

  /**
   * Records that a change is about to be made. The change must not start before this is saved.
   * @param madeProgress whether an earlier change has taken effect. The start of a change itself does not count as progress: a change that
   *   always crashes its worker must not run forever
   */
  async applyStarted(step: StepRecord, { madeProgress }: { madeProgress: boolean }): Promise<void> {
    step.journal.push({ started_at: await this.time(), ended_at: null, succeeded: null });
    this.interruptedWait = this.progress.waiting_for;
    this.progress.waiting_for = null;
    this.sendProgress({ madeProgress });
    await this.saved();
  }

  /**
   * Records that a change has finished. The next observation shows its effect. Does not wait for Redis, see {@link saved}.
   * @param failure fails the job if the change had no effect
   */
  async applyFinished(step: StepRecord, succeeded: boolean, failure?: JobFailedError): Promise<void> {
    if (succeeded) this.interruptedWait = null;
    const entry = step.journal.at(-1);
    if (entry !== undefined) {
      Object.assign(entry, { ended_at: await this.time(), succeeded });
      if (failure !== undefined) entry.failure = failure.toRecord();
    }
    this.sendProgress();
  }

  /**
   * Records what the job waits for; `since` is kept while that does not change, whatever the progress. While AWS defers the job,
   * it is kept over failed attempts, too, and whatever the reason of each is.
   * @param stepDeadline when the running step gives up, in milliseconds since 1970
   */
  async waitingFor(wait: Wait, stepDeadline?: number): Promise<void> {
    const before = this.progress.waiting_for ?? this.interruptedWait;
    const now = await this.clock.now();
    const isSame = before !== null && isDeepStrictEqual(subjectOf(before), subjectOf(wait));
    const isStillDeferred = before?.reason === 'throttled' && wait.reason === 'throttled';
    const since = isSame || isStillDeferred ? before.since : timestamp(now);
    const step = this.progress.steps.find(({ status }) => status === 'running')?.name ?? null;
    const minutes = Math.floor((now - Date.parse(since)) / 60_000);
    if (!isSame) {
      this.log(step, `Waiting: ${describeWait(wait)}`);
      this.telemetry.waiting(wait);
    } else if (minutes > this.progress.waited_minutes)
      this.log(step, `Still waiting after ${minutes} min: ${describeWait(wait)}`);
    this.progress.waited_minutes = minutes;
    this.progress.waiting_for = waitingFor.parse({ ...wait, since });
    this.setDeadline(stepDeadline);
    await this.save();
  }

  /** Finishes the job: nothing is saved after this. Returns the jobs that its locks wake, see `JobClaim.finish`. */
  async finish(end: Pick<JobProgress, 'status' | 'error' | 'result'>): Promise<string[] | 'cancel_requested'> {
    // A copy: a job that continues after all (`cancel_requested`) must not be saved with this status.
    const steps = this.progress.steps.map(withoutCommands);
    const finished_at = await this.time();
    const ended = { ...this.progress, ...end, steps, waiting_for: null, deadline_at: null, finished_at };
    await this.saved();
    await this.writer.flush(); // A client that sees the final status can read the whole log immediately.
    const woken = await this.claim.finish(ended);
    if (woken === 'cancel_requested') return woken;
    this.final = ended;
    this.telemetry.finished(ended);
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
  deferred(code: string): void {
    this.telemetry.deferred(code);
  }

  private setDeadline(stepDeadline = Infinity): void {
    const { started_at: start } = this.progress;
    this.progress.deadline_at =
      start === null ? null : timestamp(Math.min(Date.parse(start) + JOB_LIMIT_MS, stepDeadline));
  }

  private log(step: string | null, text: string): void {
    this.writer.write({ source: 'agent', step, text });
  }

  private async time(): Promise<string> {
    const known = this.lastTime;
    if (known !== null && performance.now() - known.readAt < CURRENT_FOR_MS) return known.text;
    const text = timestamp(await this.clock.now());
    this.lastTime = { text, readAt: performance.now() };
    return text;
  }

  private async save(): Promise<void> {
    this.sendProgress();
    await this.saved();
  }

  /** Resolves when Redis has stored all progress so far. @throws ClaimLostError, errors of Redis */
  async saved(): Promise<void> {
    await this.saving;
  }

  /**
   * Sends the progress to Redis, which stores it before later writes, or rejects those, too. {@link saved}, which is called before each
   * change, throws the error.
   */
  private sendProgress({ madeProgress = true }: { madeProgress?: boolean } = {}): void {
    this.saving = Promise.all([this.saving, this.claim.save(this.progress, { madeProgress })]);
    this.saving.catch(() => undefined);
  }
}

function withoutCommands(step: StepRecord): StepRecord {
  return { ...step, journal: step.journal.map(({ command: _, ...entry }) => entry) };
}

function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
