import { AwsError } from '#aws';
import { JobFailure } from '#jobs';
import { SenzaError } from '#senza';
import { awsFailure } from './aws-failure.js';
import { type Journal } from './journal.js';
import { backoffMs, PUT_OFF_LIMIT, UNCLEAR_LIMIT, UNCLEAR_PAUSE_MS, untilNextTick } from './patience.js';
import { senzaFailure } from './senza-failure.js';
import { type StepContext } from './step-context.js';
import { unknownRegion } from './unknown-region.js';
import { type Sight, type Step } from './step.js';

/** What became of a step for now: it is done, waits for so long without a slot, or was interrupted. */
export type StepOutcome = 'done' | 'interrupted' | { readonly waitMs: number };

/** Whether the step shall stop at the next safe point: the job is cancelled, or the worker drains. */
export type Interrupted = () => boolean;

/** AWS could not be asked; should it go on like that, the job fails with this. */
interface PutOff {
  readonly seen: 'put_off';
  readonly failure: JobFailure;
}

/** Carries out one step: look, act when nothing has begun, look again. */
export class StepRun<Payload> {
  constructor(
    private readonly step: Step<Payload>,
    private readonly context: StepContext<Payload>,
    private readonly journal: Journal,
    private readonly interrupted: Interrupted,
  ) {}

  /** @throws JobFailure when the step has failed for good; ClaimLost */
  async go(): Promise<StepOutcome> {
    for (;;) {
      if (this.interrupted()) return 'interrupted';
      const sight = await this.look();
      if (this.interrupted() && sight.seen !== 'done') return 'interrupted';
      const outcome = await this.follow(sight);
      if (outcome !== 'look_again') return outcome;
    }
  }

  private async look(): Promise<Sight | PutOff> {
    try {
      return await this.step.look(this.context);
    } catch (error) {
      if (this.context.signal.aborted) return { seen: 'unclear', why: 'the look was interrupted' };
      if (error instanceof AwsError) {
        const { around, stack } = this.context;
        const refusal = await unknownRegion(around, stack.region, error);
        if (refusal !== null) throw refusal;
        return putOffBy(error);
      }
      if (error instanceof SenzaError) throw senzaFailure(error);
      throw error;
    }
  }

  private async follow(sight: Sight | PutOff): Promise<StepOutcome | 'look_again'> {
    const { record } = this.context;
    switch (sight.seen) {
      case 'done':
        if (sight.result !== undefined) {
          this.journal.progress.result = { ...this.journal.progress.result, [this.step.name]: sight.result };
        }
        await this.journal.stepSucceeded(record, sight.message);
        return 'done';
      case 'under_way': {
        Object.assign(record, { put_off: 0, unclear: 0 });
        await this.journal.waits(sight.wait);
        const { pollMs, now } = this.context.around;
        return { waitMs: sight.afterMs ?? untilNextTick(await now(), pollMs) };
      }
      case 'unclear':
        return await this.unclear(sight.why, new JobFailure('unclear', sight.why));
      case 'put_off':
        return await this.putOff(sight.failure);
      case 'not_begun':
        return await this.begin(sight.evenAfterAct === true);
    }
  }

  private async begin(evenAfterAct: boolean): Promise<StepOutcome | 'look_again'> {
    const failure = this.context.record.journal.at(-1)?.failure;
    if (failure !== undefined) throw new JobFailure(failure.code, failure.detail, failure.data);
    if (this.context.hasActed && !evenAfterAct) {
      const why = `the step ${this.step.name} ended well, but has had no effect that can be seen`;
      return await this.unclear(why, new JobFailure('unverified', why));
    }
    if (this.step.act === undefined) throw new Error(`the step ${this.step.name} only looks, but saw "not_begun"`);
    await this.journal.actBegins(this.context.record);
    try {
      await this.step.act(this.context);
    } catch (error) {
      if (error instanceof SenzaError) return await this.afterFailure(error);
      return await this.afterFailedLook(error);
    }
    this.context.record.put_off = 0;
    await this.journal.actEnded(this.context.record, true);
    return 'look_again';
  }

  private async afterFailure(error: SenzaError): Promise<StepOutcome | 'look_again'> {
    const { record } = this.context;
    switch (error.code) {
      case 'throttled':
      case 'stack_busy':
      case 'unreachable':
        // What it may have done all the same is seen by the look that comes before it is tried again.
        await this.journal.actEnded(record, false);
        return await this.putOff(senzaFailure(error));
      case 'cancelled':
      case 'lease_lost':
        await this.journal.actEnded(record, false);
        return 'look_again';
      default:
        // A command that fails may have had its effect all the same: what stands decides.
        await this.journal.actEnded(record, false, senzaFailure(error));
        return 'look_again';
    }
  }

  /** Some acts look before each command that they run. */
  private async afterFailedLook(error: unknown): Promise<StepOutcome | 'look_again'> {
    const { record, signal } = this.context;
    if (!signal.aborted && !(error instanceof AwsError)) throw error;
    await this.journal.actEnded(record, false);
    return error instanceof AwsError && !signal.aborted ? await this.putOff(putOffBy(error).failure) : 'look_again';
  }

  private async putOff(failure: JobFailure): Promise<StepOutcome> {
    const { record } = this.context;
    record.put_off += 1;
    if (record.put_off > PUT_OFF_LIMIT) throw failure;
    this.context.log(`put off: ${failure.detail}`);
    await this.journal.waits({ reason: 'throttled', detail: failure.detail });
    return { waitMs: backoffMs(record.put_off) };
  }

  private async unclear(why: string, failure: JobFailure): Promise<StepOutcome> {
    const { record } = this.context;
    record.unclear += 1;
    if (record.unclear > UNCLEAR_LIMIT) throw failure;
    await this.journal.waits({ reason: 'cloudformation', stack: this.context.stack.id, state: why });
    return { waitMs: UNCLEAR_PAUSE_MS };
  }
}

/** AWS that cannot be asked puts a step off; AWS that refuses to answer fails it. */
function putOffBy(error: AwsError): PutOff {
  const failure = awsFailure(error);
  if (error.code !== 'throttled' && error.code !== 'unavailable') throw failure;
  return { seen: 'put_off', failure };
}
