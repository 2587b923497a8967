import { LRUCache } from 'lru-cache';
import { type JobRecord } from '../model/job.js';
import { parseJobRecord } from './stored-job.js';

/** How many records of finished jobs a process keeps, some KB each: those of the pages that are read again and again. */
const MAX_RECORDS = 2_000;

/**
 * Reads jobs from the fields of their hashes. To decompress a record takes most of the time of a page of the history, so that
 * records of finished jobs are kept: a record is used again only when its stored form is the same.
 */
export class FinishedRecords {
  private readonly cache = new LRUCache<string, { readonly packed: Buffer; readonly record: JobRecord }>({
    max: MAX_RECORDS,
  });

  /** The job; null when there are no fields. @throws as `parseJobRecord` */
  read(id: string, fields: Readonly<Record<string, Buffer>>): JobRecord | null {
    const { finished: packed, cancel } = fields;
    if (packed === undefined) return Object.keys(fields).length === 0 ? null : parseJobRecord(fields);
    const known = this.cache.get(id);
    if (known?.packed.equals(packed) === true) return known.record;
    const record = parseJobRecord(fields);
    // The cancel request is beside the packed record.
    if (cancel === undefined) this.cache.set(id, { packed, record });
    return record;
  }
}
