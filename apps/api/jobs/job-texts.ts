import { type JobRecord } from '#jobs';
import { LRUCache } from 'lru-cache';

/** How many jobs are kept as JSON in lists, some KB each. */
const MAX_TEXTS = 2_000;

interface JobText {
  readonly job: JobRecord;
  readonly variant: string;
  readonly text: Buffer;
}

/** The JSON of jobs in lists, in UTF-8: it is used again when the record and all else that it depends on is the same. */
export class JobTexts {
  private readonly texts = new LRUCache<string, JobText>({ max: MAX_TEXTS });

  /** @param variant all that the view depends on, except for the record */
  json(job: JobRecord, variant: string, make: () => string): Buffer {
    const { id } = job.submission;
    const known = this.texts.get(id);
    if (known?.job === job && known.variant === variant) return known.text;
    const text = Buffer.from(make());
    this.texts.set(id, { job, variant, text });
    return text;
  }
}
