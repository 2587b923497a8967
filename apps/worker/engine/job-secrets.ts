import { setTimeout as sleep } from 'node:timers/promises';
import { makeRedaction, prepareRedaction, type Redaction } from '#senza';

/**
 * The values of a job that must not be shown. Preparing to mask 200 of them takes some milliseconds, so that it is done once, and again only
 * when there are new ones. Lives as long as a worker executes the job.
 */
export class JobSecrets {
  private readonly values = new Set<string>();
  private redact: Redaction | null = null;

  /**
   * Adds values, and prepares to mask them in portions: long ones take seconds, in which other jobs go on.
   * @returns see {@link masking}
   */
  async prepare(values: readonly string[]): Promise<Redaction> {
    const mask = this.masking(values);
    const { size } = this.values;
    const preparation = prepareRedaction([...this.values]);
    while (this.redact === null && size > 0) {
      const startedAt = performance.now();
      const step = preparation.next();
      // Values that have come meanwhile are not in it.
      if (step.done === true) {
        if (size === this.values.size) this.redact = step.value;
        break;
      }
      await sleep(performance.now() - startedAt);
    }
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
