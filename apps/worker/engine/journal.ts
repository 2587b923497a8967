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

/**
 * Writes down how a job goes, each entry before and after what it is about, so that whoever goes on after a crash
 * knows what was begun. All times are of the shared clock. @throws ClaimLost when another worker has the job
 */
export class Journal {
  constructor(
    private readonly claim: JobClaim,
    readonly progress: JobProgress,
    private readonly now: () => Promise<number>,
  ) {}

  /** The job has its lock and begins, or goes on. */
  async running(): Promise<void> {
    if (this.progress.status === 'running') return;
    this.progress.status = 'running';
    this.progress.started_at = await this.time();
    this.progress.waiting_for = null;
    await this.save();
  }

  /** A step has the locks that it needs, and begins or goes on. */
  async stepStarted(step: StepRecord): Promise<void> {
    const isWaitOver = this.progress.waiting_for?.reason === 'lock';
    if (isWaitOver) this.progress.waiting_for = null;
    if (step.status === 'running' && !isWaitOver) return;
    step.status = 'running';
    step.started_at ??= await this.time();
    await this.save();
  }

  /** A step is done. */
  async stepSucceeded(step: StepRecord, message: string | null): Promise<void> {
    await this.end(step, 'succeeded', message);
    this.progress.waiting_for = null;
    await this.save();
  }

  /**
   * The steps of a job that ends before its time. Written with the job's end only: whoever goes on with a job passes
   * over the steps that have ended, also over one that has failed.
   */
  async stepsFinished(status: 'failed' | 'cancelled' | 'skipped', message: string): Promise<void> {
    for (const step of this.progress.steps) {
      if (step.status === 'running') await this.end(step, status, message);
      if (step.status === 'pending') step.status = 'skipped';
    }
  }

  /** A change is about to be made. Until this is written, nothing may be done. */
  async applyStarted(step: StepRecord): Promise<void> {
    step.journal.push({ started_at: await this.time(), ended_at: null, succeeded: null });
    this.progress.waiting_for = null;
    // No progress yet: a change that kills its worker each time must come to an end.
    await this.claim.save(this.progress, { madeProgress: false });
  }

  /**
   * A change has been made, or has failed; what it has done is for the next look to say.
   * @param failure what fails the job if the change had no effect, whichever worker looks next
   */
  async applyFinished(step: StepRecord, succeeded: boolean, failure?: JobFailedError): Promise<void> {
    const act = step.journal.at(-1);
    if (act !== undefined) {
      Object.assign(act, { ended_at: await this.time(), succeeded });
      if (failure !== undefined) act.failure = failure.toRecord();
    }
    await this.save();
  }

  /** The job waits; `since` is kept while it waits for the same. */
  async waitingFor(wait: Wait): Promise<void> {
    const { since, ...before } = this.progress.waiting_for ?? { since: '' };
    this.progress.waiting_for = { ...wait, since: isDeepStrictEqual(before, wait) ? since : await this.time() };
    await this.save();
  }

  /** The job ends: nothing is written after this. Answers with the jobs that its locks wake, see `JobClaim.finish`. */
  async finish(end: Pick<JobProgress, 'status' | 'error' | 'result'>): Promise<string[] | 'cancel_requested'> {
    // A copy: a job that goes on after all (`cancel_requested`) must not be saved with this status.
    const ended = { ...this.progress, ...end, waiting_for: null, finished_at: await this.time() };
    return await this.claim.finish(ended);
  }

  private async end(step: StepRecord, status: StepStatus, message: string | null): Promise<void> {
    step.started_at ??= await this.time();
    step.status = status;
    step.finished_at = await this.time();
    step.message = message;
    Object.assign(step, { deferrals: 0, unknown_observations: 0 });
  }

  private async time(): Promise<string> {
    return timestamp(await this.now());
  }

  private async save(): Promise<void> {
    await this.claim.save(this.progress, { madeProgress: true });
  }
}
