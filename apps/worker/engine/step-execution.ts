import { AwsError } from '#aws';
import { JobFailedError, type LockScope, timestamp } from '#jobs';
import { SenzaError } from '#senza';
import { awsFailure } from './failures.js';
import { type Journal } from './journal.js';
import {
  backoffMs,
  MAX_URGENT_DEFERRALS,
  MAX_DEFERRALS,
  SIGNALLED_RECHECK_MS,
  MAX_SIGNALLED_ATTEMPTS,
  MAX_UNKNOWN_OBSERVATIONS,
  unknownRecheckMs,
  untilNextTick,
} from './retry-policy.js';
import { senzaFailure } from './failures.js';
import { type StepContext } from './step-context.js';
import { assertKnownRegion, unknownRegion } from './failures.js';
import { type Observation, type Step } from './step.js';

/** The outcome of a step for now: it is done, was interrupted, or waits without a slot, for a time or for a lock. */
export type StepOutcome =
  'done' | 'interrupted' | { readonly waitMs: number } | { readonly scope: LockScope; readonly heldBy: string };

/** Whether the step has to stop at the next safe point: the job is cancelled, or the worker drains. */
export type Interrupted = () => boolean;

/** AWS is unavailable, throttles, or rejects the worker's credentials; after too many deferrals the job fails with `failure`. */
interface Deferral {
  readonly state: 'deferred';
  readonly failure: JobFailedError;
}

/** Executes one step: observe, apply when nothing has started, observe again. */
export class StepExecution<Payload> {
  constructor(
    private readonly step: Step<Payload>,
    private readonly context: StepContext<Payload>,
    private readonly journal: Journal,
    private readonly interrupted: Interrupted,
  ) {}

  /** @throws JobFailedError when the step has failed; ClaimLostError */
  async run(): Promise<StepOutcome> {
    for (;;) {
      if (this.interrupted()) return 'interrupted';
      const observation = await this.observe();
      if (this.interrupted() && observation.state !== 'done') return 'interrupted';
      const outcome = await this.follow(observation);
      if (outcome !== 'observe_again') return outcome;
    }
  }

  private async observe(): Promise<Observation | Deferral> {
    try {
      await assertKnownRegion(this.context.services, this.context.stack.region);
      return await this.step.observe(this.context);
    } catch (error) {
      if (this.context.signal.aborted) return { state: 'unknown', why: 'the observation was interrupted' };
      if (error instanceof AwsError) {
        const { services, stack } = this.context;
        const refusal = await unknownRegion(services, stack.region, error);
        if (refusal !== null) throw refusal;
        return await this.deferralOf(error);
      }
      if (!(error instanceof SenzaError)) throw error;
      if (await this.isWorkersFault(error)) return { state: 'deferred', failure: senzaFailure(error) };
      throw senzaFailure(error);
    }
  }

  private async follow(observation: Observation | Deferral): Promise<StepOutcome | 'observe_again'> {
    const { record } = this.context;
    switch (observation.state) {
      case 'done':
        if (observation.result !== undefined) {
          this.journal.progress.result = { ...this.journal.progress.result, [this.step.name]: observation.result };
        }
        await this.journal.stepSucceeded(record, observation.message);
        return 'done';
      case 'in_progress': {
        Object.assign(record, { deferrals: 0, unknown_observations: 0 });
        await this.journal.waitingFor(observation.wait, observation.deadlineAt);
        const { pollMs, now } = this.context.services;
        return { waitMs: observation.afterMs ?? untilNextTick(await now(), pollMs) };
      }
      case 'locked':
        Object.assign(record, { deferrals: 0, unknown_observations: 0 });
        return { scope: observation.scope, heldBy: observation.heldBy };
      case 'unknown':
        return await this.stateUnknown(observation.why, new JobFailedError('state_unknown', observation.why));
      case 'deferred':
        return await this.defer(observation.failure);
      case 'not_started':
        return await this.start(observation);
    }
  }

  private async start({
    evenAfterApply = false,
    repairs = false,
    madeProgress = false,
  }: Extract<Observation, { state: 'not_started' }>): Promise<StepOutcome | 'observe_again'> {
    const failure = this.firstFailure();
    if (failure !== null && !repairs) throw failure;
    if (this.context.hasApplied && !evenAfterApply) {
      const why = `the step ${this.step.name} succeeded, but its effect is not visible in AWS`;
      return await this.stateUnknown(why, new JobFailedError('not_verified', why));
    }
    if (this.step.apply === undefined)
      throw new Error(`the step ${this.step.name} has no apply(), but observed "not_started"`);
    await this.journal.applyStarted(this.context.record, { madeProgress });
    try {
      await this.step.apply(this.context);
    } catch (error) {
      if (error instanceof SenzaError) return await this.afterFailure(error);
      return await this.afterFailedObservation(error);
    }
    this.context.record.deferrals = 0;
    await this.journal.applyFinished(this.context.record, true);
    return 'observe_again';
  }

  /** The first failure of this step's changes. A later failure, while that one is being repaired, does not hide it. */
  private firstFailure(): JobFailedError | null {
    const failure = this.context.record.journal.find((entry) => entry.failure !== undefined)?.failure;
    return failure === undefined ? null : new JobFailedError(failure.code, failure.detail, failure.data);
  }

  private async afterFailure(error: SenzaError): Promise<StepOutcome | 'observe_again'> {
    const { record } = this.context;
    switch (error.code) {
      case 'throttled':
      case 'stack_busy':
      case 'unreachable':
      case 'no_space':
        // The command can have had an effect all the same: the step is observed before the next attempt.
        await this.journal.applyFinished(record, false);
        return await this.defer(senzaFailure(error));
      case 'lease_lost':
        this.context.log(`${error.message}. Checking the state`);
        await this.journal.applyFinished(record, false);
        return 'observe_again';
      case 'cancelled':
        await this.journal.applyFinished(record, false);
        return 'observe_again';
      default:
        if (error.code === 'crashed' && error.signal !== null) return await this.afterSignal(error, error.signal);
        // A failed command can have had its effect all the same: the observation decides.
        if (await this.isWorkersFault(error)) {
          await this.journal.applyFinished(record, false);
          return await this.defer(senzaFailure(error));
        }
        await this.journal.applyFinished(record, false, senzaFailure(error));
        return 'observe_again';
    }
  }

  /**
   * The command was killed by a signal that Lizzy did not send, for example by the kernel's OOM killer. As after a crash
   * of the worker, the observation decides how to continue; after several signals in a row the step fails.
   */
  private async afterSignal(error: SenzaError, signal: string): Promise<StepOutcome | 'observe_again'> {
    const { record, stack } = this.context;
    const entry = record.journal.at(-1);
    if (entry !== undefined) entry.signal = signal;
    const { code, detail, data } = senzaFailure(error);
    const last = record.journal.slice(-MAX_SIGNALLED_ATTEMPTS);
    if (last.length === MAX_SIGNALLED_ATTEMPTS && last.every((each) => each.signal !== undefined)) {
      const often = `${detail}, like the ${MAX_SIGNALLED_ATTEMPTS - 1} commands before it: check the memory limit of the workers`;
      await this.journal.applyFinished(record, false, new JobFailedError(code, often, data));
      return 'observe_again';
    }
    await this.journal.applyFinished(record, false);
    this.context.log(`${detail}. Lizzy did not send the signal; checking the state`);
    await this.journal.waitingFor({ reason: 'cloudformation', stack: stack.id, state: detail });
    return { waitMs: SIGNALLED_RECHECK_MS };
  }

  /** Some steps observe before each command that they run. */
  private async afterFailedObservation(error: unknown): Promise<StepOutcome | 'observe_again'> {
    const { record, signal } = this.context;
    if (!signal.aborted && !(error instanceof AwsError)) throw error;
    await this.journal.applyFinished(record, false);
    if (!(error instanceof AwsError) || signal.aborted) return 'observe_again';
    return await this.defer((await this.deferralOf(error)).failure);
  }

  /** An unavailable or throttling AWS defers the step, as do rejected credentials; any other error fails it. */
  private async deferralOf(error: AwsError): Promise<Deferral> {
    const failure = awsFailure(error);
    const isDeferred = error.code === 'throttled' || error.code === 'unavailable' || (await this.isWorkersFault(error));
    if (!isDeferred) throw failure;
    return { state: 'deferred', failure };
  }

  /**
   * Whether AWS rejects the credentials of this worker, not only for this request: it takes no more jobs in that case, and
   * another worker, or this one with new credentials, continues the job. In a region that is not enabled AWS rejects valid ones.
   */
  private async isWorkersFault({ code }: AwsError | SenzaError): Promise<boolean> {
    return code === 'no_credentials' && (await this.context.services.health.credentialsRejected());
  }

  private async defer(failure: JobFailedError): Promise<StepOutcome> {
    const { record } = this.context;
    const urgent = await this.isUrgent();
    record.deferrals += 1;
    if (record.deferrals > (urgent ? MAX_URGENT_DEFERRALS : MAX_DEFERRALS)) throw this.firstFailure() ?? failure;
    const waitMs = backoffMs(record.deferrals, { urgent });
    const retryAt = timestamp((await this.context.services.now()) + waitMs);
    const { code, detail } = failure;
    if (code === 'aws_unavailable') this.context.services.health.awsUnavailable();
    this.journal.deferred(code);
    await this.journal.waitingFor({ reason: 'throttled', detail, retry_at: retryAt, retries: record.deferrals });
    return { waitMs };
  }

  /** True also when AWS is unavailable: the state is unknown then. */
  private async isUrgent(): Promise<boolean> {
    const { record, signal } = this.context;
    if (this.step.isUrgent === undefined || record.journal.length === 0) return false;
    try {
      return await this.step.isUrgent(this.context);
    } catch (error) {
      if (error instanceof AwsError || signal.aborted) return true;
      throw error;
    }
  }

  private async stateUnknown(why: string, failure: JobFailedError): Promise<StepOutcome> {
    const { record } = this.context;
    record.unknown_observations += 1;
    if (record.unknown_observations > MAX_UNKNOWN_OBSERVATIONS) throw this.firstFailure() ?? failure;
    await this.journal.waitingFor({ reason: 'cloudformation', stack: this.context.stack.id, state: why });
    return { waitMs: unknownRecheckMs(record.unknown_observations) };
  }
}
