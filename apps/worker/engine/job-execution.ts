import {
  type Disposition,
  type JobClaim,
  JobFailure,
  type JobRecord,
  type LockScope,
  nameScope,
  versionScope,
} from '#jobs';
import { endCancelled, leftBehind } from './finalize.js';
import { type JobLogWriter } from './job-log-writer.js';
import { type Journal } from './journal.js';
import { type JsonObject } from './step-context.js';
import { StepContext, type Surroundings } from './step-context.js';
import { StepRun } from './step-execution.js';
import { type Step } from './step.js';

/**
 * After so many milliseconds a job that waits for a lock looks by itself whether it was missed when the lock was freed:
 * the next one soon, those behind it later, so that a long queue costs no more than a short one.
 */
const LOCK_CHECK_MS = 5_000;
const LONGEST_LOCK_CHECK_MS = 25_000;
/** How many workers in a row may die with a job before it is given up. */
const DEATHS_LIMIT = 3;
/** How long a job may run in all, in milliseconds: 25 hours, longer than any wait that a request can ask for. */
const JOB_LIMIT_MS = 25 * 3600 * 1000;

/** What a run of a job needs beside the job. */
export interface RunEnvironment {
  readonly around: Surroundings;
  /** Whether the worker is about to stop. */
  readonly draining: () => boolean;
  /** Wakes a job that waited for a lock of this one. */
  readonly wake: (id: string) => void;
  /** Finds a job, to say who holds a lock. */
  readonly find: (id: string) => Promise<JobRecord | null>;
}

/** One claimed job on its way through its steps. */
export class JobRun<Payload> {
  constructor(
    private readonly steps: readonly Step<Payload>[],
    private readonly payload: Payload,
    private readonly claim: JobClaim,
    private readonly journal: Journal,
    private readonly writer: JobLogWriter,
    private readonly environment: RunEnvironment,
  ) {}

  /** Goes on with the job as far as it goes now. @throws JobFailure, ClaimLost */
  async go(): Promise<Disposition> {
    if (this.claim.deaths >= DEATHS_LIMIT) throw this.interruptedFailure();
    if (this.claim.cancel === null) {
      const before = await this.lock(versionScope(this.stack));
      if (before !== null) return before;
      await this.journal.running();
      await this.checkAge();
    }
    for (const [index, step] of this.steps.entries()) {
      const record = this.journal.progress.steps[index];
      if (record === undefined) throw new Error(`the job has no record of its step ${step.name}`);
      if (record.status === 'succeeded') continue;
      if (this.claim.cancel !== null) break;
      const disposition = await this.carryOut(step, this.contextOf(record));
      if (disposition !== null) return disposition;
    }
    return await this.end();
  }

  /** What the step at hand leaves behind when the job fails in it, told in the job's log, too; null when it is nothing. */
  async leftBehind(): Promise<JsonObject | null> {
    const step = this.steps[this.running];
    if (step === undefined) return null;
    const context = this.contextOf(this.journal.progress.steps[this.running]);
    const left = await leftBehind(step, context);
    if (left !== null) context.log(`what stands: ${JSON.stringify(left)}`);
    return left;
  }

  private async carryOut(step: Step<Payload>, context: StepContext<Payload>): Promise<Disposition | null> {
    const scope = step.locksName === true ? nameScope(this.stack) : null;
    if (scope !== null) {
      const before = await this.lock(scope);
      if (before !== null) return before;
    }
    await this.journal.stepBegins(context.record);
    const interrupted = (): boolean => this.claim.signal.aborted || this.environment.draining();
    const outcome = await new StepRun(step, context, this.journal, interrupted).go();
    if (outcome === 'done') {
      if (scope !== null) await this.unlock(scope);
      return null;
    }
    if (outcome === 'interrupted') {
      // Renewing tells what it was: another worker's claim (throws), a wish to cancel, or none: the worker drains.
      await this.claim.renew();
      return this.claim.cancel === null ? { then: 'again', afterMs: 0 } : null;
    }
    if (scope !== null && step.freesNameToWait === true) await this.unlock(scope);
    return { then: 'again', afterMs: outcome.waitMs };
  }

  private async end(): Promise<Disposition> {
    await this.writer.flush(); // Who is told of the end may read the log at once.
    if (this.claim.cancel === null) {
      const { result } = this.journal.progress;
      const woken = await this.journal.finish({ status: 'succeeded', error: null, result });
      if (woken !== 'cancel_requested') return this.ended(woken);
      await this.claim.renew();
    }
    // A job that has not begun has made nothing, and has no lock of its version: the stack that a retry goes on with may be
    // in another job's hands.
    const removesStack = this.claim.cancel?.delete_stack === true && this.journal.progress.status === 'running';
    if (removesStack) {
      const before = await this.lock(nameScope(this.stack));
      if (before !== null) return before;
    }
    const context = this.contextOf(this.journal.progress.steps.at(this.running)); // None runs: -1, the last one.
    const last = { step: this.steps[this.running], context, removesStack };
    return this.ended(await endCancelled(this.claim, this.journal, last));
  }

  private ended(woken: readonly string[]): Disposition {
    for (const id of woken) this.environment.wake(id);
    return { then: 'ended' };
  }

  private async lock(scope: LockScope): Promise<Disposition | null> {
    const before = await this.claim.acquire(scope, { wait: true });
    if (before === null) return null;
    const holder = (await this.environment.find(before))?.submission;
    await this.journal.waits({
      reason: 'lock',
      scope: scope.startsWith('version:') ? 'stack version' : 'stack name',
      job_id: before,
      stack: holder === undefined ? null : `${holder.stack_name}-${holder.stack_version}`,
      requested_by: holder?.requested_by ?? null,
    });
    const checks = 1 + (await this.claim.placeInQueue(scope));
    return { then: 'again', afterMs: Math.min(checks * LOCK_CHECK_MS, LONGEST_LOCK_CHECK_MS) };
  }

  private async unlock(scope: LockScope): Promise<void> {
    const next = await this.claim.release(scope);
    if (next !== null) this.environment.wake(next);
  }

  /** The place of the step at hand; -1 when there is none. */
  private get running(): number {
    return this.journal.progress.steps.findIndex(({ status }) => status === 'running');
  }

  private get stack(): { region: string; name: string; version: string } {
    const { region, stack_name: name, stack_version: version } = this.claim.job.submission;
    return { region, name, version };
  }

  private contextOf(record: ConstructorParameters<typeof StepContext>[2] | undefined): StepContext<Payload> {
    if (record === undefined) throw new Error('the job has no steps');
    const { around } = this.environment;
    return new StepContext(this.payload, around, record, this.claim, this.journal.progress, this.writer);
  }

  private async checkAge(): Promise<void> {
    const age = (await this.environment.around.now()) - Date.parse(this.journal.progress.started_at ?? '');
    if (age > JOB_LIMIT_MS) throw new JobFailure('timed_out', 'The job has been running for more than 25 hours.');
  }

  private interruptedFailure(): JobFailure {
    const step = this.journal.progress.steps.find(({ status }) => status === 'running');
    return new JobFailure(
      'interrupted',
      `${this.claim.deaths} workers in a row died with this job, the last ones ` +
        `${step === undefined ? 'before its first step' : `in its step "${step.name}"`}. ` +
        'Look at the logs of the workers and at what stands in AWS, then retry the job.',
      { step: step?.name ?? null, deaths: this.claim.deaths },
    );
  }
}
