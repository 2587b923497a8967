import { type JobRecord } from '#jobs';

interface Text {
  readonly variant: string;
  readonly json: Buffer;
}

/** Caches the JSON of jobs in lists, with their record. A different variant replaces it. */
export class JobTexts {
  private readonly texts = new WeakMap<JobRecord, Text>();

  /** @param variant equal as long as `make` would return the same for this record */
  of(job: JobRecord, variant: string, make: () => Buffer): Buffer {
    const known = this.texts.get(job);
    if (known?.variant === variant) return known.json;
    const json = make();
    this.texts.set(job, { variant, json });
    return json;
  }
}
