import { type JobRecord } from '#jobs';

interface Text {
  readonly variant: string;
  readonly json: Buffer;
}

/** The JSON of jobs that lists show again and again: it is kept with the record, and made again when it would be another one. */
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
