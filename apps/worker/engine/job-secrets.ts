import { setTimeout as sleep } from 'node:timers/promises';
import { makeRedaction, prepareRedaction, type Redaction } from '#senza';

/**
 * The secret values of a job, which are masked. The masks are prepared once, and again only for new secrets: 200 of them take some
 * milliseconds. Lives while a worker executes the job.
 */
export class JobSecrets {
  /** Long preparations of all jobs run one after the other: together they would block the event loop. */
  private static others: Promise<void> = Promise.resolve();
  private readonly values = new Set<string>();
  private redact: Redaction | null = null;

  /**
   * Adds values, and prepares to mask them in portions: long ones take seconds, in which other jobs continue.
   * @returns see {@link masking}
   */
  async prepare(values: readonly string[]): Promise<Redaction> {
    const mask = this.masking(values);
    if (this.redact !== null || this.values.size === 0) return mask;
    const preparation = prepareRedaction([...this.values]);
    const { size } = this.values;
    const finish = (redact: Redaction): void => {
      // Values that have come meanwhile are not in it.
      if (size === this.values.size) this.redact = redact;
    };
    const first = preparation.next();
    if (first.done === true) {
      finish(first.value);
      return mask;
    }
    const turn = JobSecrets.others.then(async () => {
      finish(await inPortions(preparation));
    });
    // One that fails must not fail those of other jobs.
    JobSecrets.others = turn.catch(() => undefined);
    await turn;
    return mask;
  }

  /** Adds values. @returns a function that masks all values that are known when it is called */
  masking(values: readonly string[]): Redaction {
    for (const value of values) {
      if (this.values.has(value)) continue;
      this.values.add(value);
      this.redact = null;
    }
    return this.mask;
  }

  private readonly mask: Redaction = (text) => {
    if (this.values.size === 0) return text;
    this.redact ??= makeRedaction([...this.values]);
    return this.redact(text);
  };
}

/** Half of the time is for other jobs. */
async function inPortions(preparation: Generator<void, Redaction>): Promise<Redaction> {
  for (;;) {
    const startedAt = performance.now();
    const step = preparation.next();
    if (step.done === true) return step.value;
    await sleep(performance.now() - startedAt);
  }
}
