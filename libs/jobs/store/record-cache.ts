import { LRUCache } from 'lru-cache';
import { type JobRecord } from '../model/job.js';
import { SucceededJob } from './succeeded-job.js';

/** How much memory the records may need, in bytes: about 4,200 finished jobs, 80 pages. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Memory of a parsed record and its JSON, as a multiple of the size of the stored record. */
const EXPANSION = 15;
/** How many jobs are remembered as read once, at most. */
const READ_ONCE = 1 << 14;

interface Entry {
  /** What the record was read from. */
  readonly stored: Buffer;
  readonly record: JobRecord;
}

/**
 * Records that lists have read. While Redis holds the same of a job, its record is the same object: a list neither decompresses nor
 * parses it again, and need not make its JSON again. A job is known by what Redis holds of it, which begins with the 16 bytes of its id.
 */
export class RecordCache {
  private readonly entries = new LRUCache<string, Entry>({ maxSize: MAX_BYTES, sizeCalculation: sizeOf });
  /** A part of the ids of jobs that were read once. An id is random: another part of it says where. */
  private readonly readOnce = new Uint32Array(READ_ONCE);

  /** The record of the job that is stored like this, if it is known. */
  get(stored: Buffer): JobRecord | undefined {
    const entry = this.entries.get(keyOf(stored));
    return entry?.stored.equals(stored) === true ? entry.record : undefined;
  }

  /** Keeps the record that was read from this, from the second time on: who pages through the history reads most jobs once. */
  set(stored: Buffer, record: JobRecord): void {
    const place = stored.readUInt16BE(0) % READ_ONCE;
    const part = stored.readUInt32BE(2);
    if (this.readOnce[place] !== part) {
      this.readOnce[place] = part;
      return;
    }
    // Copies: replies of Redis and decompressed records are slices of larger buffers, which would stay in memory.
    const own = record instanceof SucceededJob ? record.kept() : record;
    this.entries.set(keyOf(stored), { stored: Buffer.from(stored), record: own });
  }
}

function keyOf(stored: Buffer): string {
  return stored.toString('latin1', 0, 16);
}

function sizeOf({ stored }: Entry): number {
  return EXPANSION * stored.length;
}
