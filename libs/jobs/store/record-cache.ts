import { LRUCache } from 'lru-cache';
import { type JobRecord } from '../model/job.js';
import { type StoredValues } from './stored-job.js';

/** How much memory the records may need, in bytes: about 4,200 finished jobs, 80 pages. */
const MAX_BYTES = 32 * 1024 * 1024;
/** How many jobs are remembered as read once. */
const READ_ONCE = 10_000;
/** How much a record and the JSON that a list makes of it need, for each byte that Redis holds of a finished job. */
const EXPANSION = 15;

interface Entry {
  /** What the record was read from. */
  readonly values: StoredValues;
  readonly record: JobRecord;
}

/**
 * Records that lists have read. While Redis holds the same of a job, its record is the same object: a list neither decompresses nor
 * parses it again, and need not make its JSON again.
 */
export class RecordCache {
  private readonly entries = new LRUCache<string, Entry>({ maxSize: MAX_BYTES, sizeCalculation: sizeOf });
  private readonly readOnce = new LRUCache<string, true>({ max: READ_ONCE });

  /** The record of the job with these values, if it is known. */
  get(id: string, values: StoredValues): JobRecord | undefined {
    const entry = this.entries.get(id);
    return entry !== undefined && isEqual(entry.values, values) ? entry.record : undefined;
  }

  /** Keeps the record that was read from these values, from the second time on: who pages through the history reads most jobs once. */
  set(id: string, values: StoredValues, record: JobRecord): void {
    if (!this.readOnce.has(id)) {
      this.readOnce.set(id, true);
      return;
    }
    // Copies: what Redis replies with are parts of larger pieces, which would stay in memory.
    this.entries.set(id, { values: values.map((value) => (value === null ? null : Buffer.from(value))), record });
  }
}

function sizeOf({ values }: Entry): number {
  return EXPANSION * values.reduce((sum, value) => sum + (value?.length ?? 0), 1);
}

function isEqual(some: StoredValues, others: StoredValues): boolean {
  return (
    some.length === others.length &&
    some.every((value, index) => {
      const other = others[index] ?? null;
      return value === null || other === null ? value === other : value.equals(other);
    })
  );
}
