import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type JobRecord } from '../model/job.js';
import { JOB_FIELDS, parseJobRecord } from './stored-job.js';

/** How many parsed records a process keeps, some KB each: those of the pages that are read again and again. */
const MAX_RECORDS = 2_000;

/** The values of `JOB_FIELDS`; null for a field that a hash does not have. */
export const storedValues = z.array(z.instanceof(Buffer).nullable());
type StoredValues = z.infer<typeof storedValues>;

/**
 * Parses the records of jobs. To decompress and parse them takes most of the time of a page of the history, so that parsed
 * records are kept: a record is used again only when its stored form is the same.
 */
export class ParsedRecords {
  private readonly cache = new LRUCache<string, { readonly values: StoredValues; readonly record: JobRecord }>({
    max: MAX_RECORDS,
  });

  /** The job; null when none of the fields exists. @throws as `parseJobRecord` */
  read(id: string, values: StoredValues): JobRecord | null {
    const known = this.cache.get(id);
    if (known?.values.every((value, index) => isSame(value, values[index] ?? null)) === true) return known.record;
    const fields = JOB_FIELDS.flatMap((name, index) => {
      const value = values[index] ?? null;
      return value === null ? [] : [[name, value] as const];
    });
    if (fields.length === 0) return null;
    const record = parseJobRecord(Object.fromEntries(fields));
    this.cache.set(id, { values, record });
    return record;
  }
}

function isSame(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
}
