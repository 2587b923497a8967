import { makeRedaction } from '#senza';

/**
 * The values of a job that must not be shown. Preparing to mask 200 of them takes some milliseconds, so that it is done once, and again only
 * when there are new ones. Lives as long as a worker executes the job.
 */
export class JobSecrets {
  private readonly values = new Set<string>();
  private redact: ((text: string) => string) | null = null;

  /** Adds values. @returns a function that masks all values that are known when it is called */
  masking(values: readonly string[]): (text: string) => string {
    for (const value of values) {
      if (this.values.has(value)) continue;
      this.values.add(value);
      this.redact = null;
    }
    return this.mask;
  }

  private readonly mask = (text: string): string => {
    if (this.values.size === 0) return text;
    this.redact ??= makeRedaction([...this.values]);
    return this.redact(text);
  };
}
