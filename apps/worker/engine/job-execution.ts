import {
  type AuditEntry,
  isDamage,
  type JobOutcome,
  type JobClaim,
  type JobDurations,
  JobFailedError,
  type JobRecord,
  jobScope,
  type LockScope,
  nameScope,
  startEntry,
} from '#jobs';
import { isRedisUnavailable } from '#redis';
import { cancelJob, captureState } from './finalize.js';
import { describeState } from './describe-state.js';
import { type JobLogWriter } from './job-log-writer.js';
import { type Journal } from './journal.js';
import { JOB_LIMIT_MS } from './retry-policy.js';
import { type JsonObject } from './step-context.js';
import { StepContext, type StepServices } from './step-context.js';
import { StepExecution } from './step-execution.js';
import { type Step } from './step.js';

/**
 * How often a job that waits for a lock checks the lock itself, in milliseconds, in case it missed the wake-up. The next
 * job in the queue checks first, the others later, so that a long queue costs no more than a short one.
 */
const LOCK_RECHECK_MS = 5_000;
const MAX_LOCK_RECHECK_MS = 25_000;
/** How long a step that has released its lock to a waiting job does not ask for it again, in milliseconds. */
const YIELD_MS = 1_000;
/** Number of consecutive worker crashes without progress after which the job fails. */
const MAX_CRASHES = 3;

/** What the execution of a job needs besides the job. */
export interface ExecutionEnvironment {
  readonly services: StepServices;
  /** Whether the worker is shutting down. */
  readonly draining: () => boolean;
  /** Logs an audit record that was written together with the job. */
  readonly audit: (entry: AuditEntry) => void;
  /** Reads a job, to report who holds a lock. */
  readonly find: (id: string) => Promise<JobRecord | null>;
  readonly durations: JobDurations;
}

/** Runs the steps of one claimed job, in order. */
export class JobExecution<Payload> {
  constructor(
    private readonly steps: readonly Step<Payload>[],
    private readonly payload: Payload,
    private readonly claim: JobClaim,
    private readonly journal: Journal,
    private readonly writer: JobLogWriter,
    private readonly environment: ExecutionEnvironment,
  ) {}

  /** Runs the job until it finishes or has to wait. @throws JobFailedError, ClaimLostError */
  async run(): Promise<JobOutcome> {
    if (this.claim.crashCount >= MAX_CRASHES) throw this.interruptedFailure();
    if (this.claim.cancel === null) {
      const [before, now] = await Promise.all([
        this.lock(jobScope(this.claim.job.submission)),
        this.environment.services.now(),
      ]);
      if (before !== null) return before;
      const isStart = this.journal.progress.status === 'queued';
      await this.journal.running(now);
      if (isStart) this.environment.audit(startEntry(this.claim.job.submission));
      this.checkAge(now);
    }
    let isAfterLocks = false;
    for (const [index, step] of this.steps.entries()) {
      const record = this.journal.progress.steps[index];
      if (record === undefined) throw new Error(`the job has no record of its step ${step.name}`);
      if (record.status === 'succeeded') {
        isAfterLocks ||= step.locksStackName === true;
        continue;
      }
      if (this.claim.cancel !== null) break;
      // The worker that recorded the end of that step may have crashed before it released the locks.
      if (isAfterLocks && step.locksStackName !== true) await this.releaseStepLocks();
      isAfterLocks = false;
      const outcome = await this.runStep(step, this.contextOf(record));
      if (outcome !== null) return outcome;
    }
    return await this.end();
  }

  /** The state that the failed step left in AWS, also written to the job's log; null when it changed nothing. */
  async captureState(): Promise<JsonObject | null> {
    const step = this.steps[this.running];
    if (step === undefined) return null;
    const context = this.contextOf(this.journal.progress.steps[this.running]);
    const state = await captureState(step, context);
    if (state !== null) context.log(`State at failure: ${describeState(state)}`);
    return state;
  }

  private async runStep(step: Step<Payload>, context: StepContext<Payload>): Promise<JobOutcome | null> {
    const scope = step.locksStackName === true ? nameScope(this.stack) : null;
    if (scope !== null) {
      const before = await this.lock(scope);
      if (before !== null) return before;
    }
    await this.journal.stepStarted(context.record);
    const interrupted = (): boolean => this.claim.signal.aborted || this.environment.draining();
    const outcome = await new StepExecution(step, context, this.journal, interrupted).run();
    if (outcome === 'done') {
      if (scope !== null) {
        await this.journal.saved();
        await this.releaseStepLocks();
      }
      return null;
    }
    if (outcome === 'interrupted') {
      // The renewal shows the cause: another worker's claim (throws), a cancel request, or neither: the worker drains.
      await this.claim.renew();
      return this.claim.cancel === null ? { status: 'delayed', delayMs: 0 } : null;
    }
    if ('heldBy' in outcome) return await this.waitForLock(outcome.scope, outcome.heldBy);
    const isWanted = scope !== null && releasesLock(step, context) && (await this.unlock(scope));
    return { status: 'delayed', delayMs: isWanted ? Math.max(outcome.waitMs, YIELD_MS) : outcome.waitMs };
  }

  private async end(): Promise<JobOutcome> {
    if (this.claim.cancel === null) {
      const { result } = this.journal.progress;
      const woken = await this.journal.finish({ status: 'succeeded', error: null, result });
      if (woken !== 'cancel_requested') {
        const outcome = this.ended(woken);
        await this.recordDuration();
        return outcome;
      }
      await this.claim.renew();
    }
    const context = this.contextOf(this.journal.progress.steps.at(this.running)); // None runs: -1, the last one.
    const step = this.steps[this.running];
    for (;;) {
      // A job that has not started has created nothing and does not hold the version lock: the stack that a retry would
      // continue with can belong to another job by now.
      const removesStack = this.claim.cancel?.delete_stack === true && this.journal.progress.status === 'running';
      if (removesStack) {
        const before = await this.lock(nameScope(this.stack));
        if (before !== null) return before;
      }
      const woken = await cancelJob(this.claim, this.journal, { step, context, removesStack });
      if (woken !== 'cancel_requested') return this.ended(woken);
      await this.claim.renew();
    }
  }

  /** A duration that Redis does not take is left out: the job has finished. */
  private async recordDuration(): Promise<void> {
    const { claim, environment, journal } = this;
    try {
      const now = await environment.services.now();
      await environment.durations.record({ ...claim.job, progress: journal.progress }, now);
    } catch (error) {
      if (!isRedisUnavailable(error) && !isDamage(error)) throw error;
    }
  }

  private ended(woken: readonly string[]): JobOutcome {
    for (const id of woken) void this.environment.services.wake(id);
    return { status: 'finished' };
  }

  private async lock(scope: LockScope): Promise<JobOutcome | null> {
    const before = await this.claim.locks.acquire(scope, { wait: true });
    return before === null ? null : await this.waitForLock(scope, before);
  }

  private async waitForLock(scope: LockScope, before: string): Promise<JobOutcome> {
    const holder = await this.environment.find(before);
    const ahead = await this.claim.locks.positionInQueue(scope);
    await this.journal.waitingFor({
      reason: 'lock',
      scope: lockName(scope),
      job_id: before,
      kind: holder?.submission.kind ?? null,
      stack: holder === null ? null : `${holder.submission.stack_name}-${holder.submission.stack_version}`,
      requested_by: holder?.submission.requested_by ?? null,
      started_at: holder?.progress.started_at ?? null,
      position: ahead + 1,
    });
    return { status: 'delayed', delayMs: Math.min((ahead + 1) * LOCK_RECHECK_MS, MAX_LOCK_RECHECK_MS) };
  }

  /** Releases what a finished step held: the lock of the stack name, and those of domains. */
  private async releaseStepLocks(): Promise<void> {
    for (const scope of await this.claim.locks.ofSteps()) await this.unlock(scope);
  }

  /** Releases a lock. @returns whether another job waited for it */
  private async unlock(scope: LockScope): Promise<boolean> {
    const next = await this.claim.locks.release(scope);
    if (next !== null) void this.environment.services.wake(next);
    return next !== null;
  }

  /** The index of the running step; -1 when none runs. */
  private get running(): number {
    return this.journal.progress.steps.findIndex(({ status }) => status === 'running');
  }

  private get stack(): { region: string; name: string; version: string } {
    const { region, stack_name: name, stack_version: version } = this.claim.job.submission;
    return { region, name, version };
  }

  private contextOf(record: ConstructorParameters<typeof StepContext>[2] | undefined): StepContext<Payload> {
    if (record === undefined) throw new Error('the job has no steps');
    const { services } = this.environment;
    return new StepContext(this.payload, services, record, this.claim, this.journal.progress, this.writer);
  }

  private checkAge(now: number): void {
    const age = now - Date.parse(this.journal.progress.started_at ?? '');
    if (age > JOB_LIMIT_MS) throw new JobFailedError('timed_out', 'The job has been running for more than 25 hours.');
  }

  private interruptedFailure(): JobFailedError {
    const step = this.journal.progress.steps.find(({ status }) => status === 'running');
    return new JobFailedError(
      'interrupted',
      `${this.claim.crashCount} workers in a row crashed while they ran this job, the last ones ` +
        `${step === undefined ? 'before its first step' : `in the step "${step.name}"`}. ` +
        'Check the logs of the workers and the stack in AWS, then retry the job.',
      { step: step?.name ?? null, crashes: this.claim.crashCount },
    );
  }
}

/** Whether the lock of the stack name is released while the step waits. */
function releasesLock<Payload>({ releasesLockWhileWaiting }: Step<Payload>, { record }: StepContext<Payload>): boolean {
  if (releasesLockWhileWaiting === 'until_first_change') return record.journal.length === 0;
  return releasesLockWhileWaiting === true;
}

/** What a lock protects, for `waiting_for.scope`. */
function lockName(scope: LockScope): string {
  if (scope.startsWith('domain:')) return `domain ${scope.slice('domain:'.length)}`;
  return scope.startsWith('version:') ? 'stack version' : 'stack name';
}
