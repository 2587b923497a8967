import { AwsError } from '#aws';
import { JobFailure } from '#jobs';
import { SenzaError } from '#senza';
import { awsFailure } from './failures.js';
import { type Journal } from './journal.js';
import {
  backoffMs,
  PRESSING_PUT_OFF_LIMIT,
  PUT_OFF_LIMIT,
  SIGNAL_PAUSE_MS,
  SIGNALS_LIMIT,
  UNCLEAR_LIMIT,
  UNCLEAR_PAUSE_MS,
  untilNextTick,
} from './retry-policy.js';
import { senzaFailure } from './failures.js';
import { type StepContext } from './step-context.js';
import { unknownRegion } from './failures.js';
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
        return await this.begin(sight);
    }
  }

  private async begin({
    evenAfterAct = false,
    repairs = false,
  }: Extract<Sight, { seen: 'not_begun' }>): Promise<StepOutcome | 'look_again'> {
    const failure = this.firstFailure();
    if (failure !== null && !repairs) throw failure;
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

  /** What an act of this step has failed with; what fails later, while that is put right, does not hide it. */
  private firstFailure(): JobFailure | null {
    const failure = this.context.record.journal.find((act) => act.failure !== undefined)?.failure;
    return failure === undefined ? null : new JobFailure(failure.code, failure.detail, failure.data);
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
        if (error.code === 'crashed' && error.signal !== null) return await this.afterSignal(error, error.signal);
        // A command that fails may have had its effect all the same: what stands decides.
        await this.journal.actEnded(record, false, senzaFailure(error));
        return 'look_again';
    }
  }

  /**
   * Not Lizzy has ended the command, but the kernel that wanted its memory, or an operator: as after the death of a
   * worker, what stands decides, and nobody need fail. Unless it goes on like that.
   */
  private async afterSignal(error: SenzaError, signal: string): Promise<StepOutcome | 'look_again'> {
    const { record, stack } = this.context;
    const act = record.journal.at(-1);
    if (act !== undefined) act.signal = signal;
    const { code, detail, data } = senzaFailure(error);
    const last = record.journal.slice(-SIGNALS_LIMIT);
    if (last.length === SIGNALS_LIMIT && last.every((each) => each.signal !== undefined)) {
      const often = `${detail}, as did the ${SIGNALS_LIMIT - 1} before it: look at the memory that the workers may use`;
      await this.journal.actEnded(record, false, new JobFailure(code, often, data));
      return 'look_again';
    }
    await this.journal.actEnded(record, false);
    this.context.log(`${detail}, which Lizzy did not send: looking again`);
    await this.journal.waits({ reason: 'cloudformation', stack: stack.id, state: detail });
    return { waitMs: SIGNAL_PAUSE_MS };
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
    const presses = await this.presses();
    record.put_off += 1;
    if (record.put_off > (presses ? PRESSING_PUT_OFF_LIMIT : PUT_OFF_LIMIT)) throw this.firstFailure() ?? failure;
    this.context.log(`put off: ${failure.detail}`);
    await this.journal.waits({ reason: 'throttled', detail: failure.detail });
    return { waitMs: backoffMs(record.put_off, { presses }) };
  }

  /** When AWS does not tell, it may be so. */
  private async presses(): Promise<boolean> {
    const { record, signal } = this.context;
    if (this.step.presses === undefined || record.journal.length === 0) return false;
    try {
      return await this.step.presses(this.context);
    } catch (error) {
      if (error instanceof AwsError || signal.aborted) return true;
      throw error;
    }
  }

  private async unclear(why: string, failure: JobFailure): Promise<StepOutcome> {
    const { record } = this.context;
    record.unclear += 1;
    if (record.unclear > UNCLEAR_LIMIT) throw this.firstFailure() ?? failure;
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
