import { setImmediate } from 'node:timers/promises';
import { isRedisUnavailable, type Redis } from '#redis';
import { idOf } from '../history/chunk.js';
import { type HistoryRecords, type StoredJob } from '../history/job-history.js';
import { type JobRecord } from '../model/job.js';
import { DamagedJobError, readingJob } from '../redis/damaged-job.error.js';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { readJobsScript, readPageScript } from './scripts/read.js';
import { unpackingTogether, unpackJob } from './packed-job.js';
import { RecordCache } from './record-cache.js';
import { FINISHED, JOB_FIELDS, parseJobRecord, type StoredValues } from './stored-job.js';

/** How many jobs one script reads, so that none blocks Redis for long: about 1 ms. */
const AT_ONCE = 50;
/** A position as `readPageScript` gets it, and a length in its reply, in bytes. */
const NUMBER_BYTES = 4;
/** The id of a job in a reply of `readPageScript`, in bytes. */
const ID_BYTES = 16;

type Unpack = (packed: Buffer) => JobRecord;

/** Reads the records of jobs. */
export class JobRecords implements HistoryRecords {
  private readonly cache = new RecordCache();

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** The job; null when none has this id. @throws DamagedJobError */
  async get(id: string): Promise<JobRecord | null> {
    return await readingJob(id, async () => {
      const values = await this.redis.hmgetBuffer(this.keys.job(id), ...JOB_FIELDS);
      return parseJobRecord(values, unpackJob);
    });
  }

  /** Several jobs with one round trip; null for one that does not exist, and the error of one that is damaged. */
  async getMany(ids: readonly string[]): Promise<StoredJob[]> {
    if (ids.length === 0) return [];
    const keys = ids.map((id) => this.keys.job(id));
    const replies = await readJobsScript(this.redis, keys, JOB_FIELDS);
    const unpack = unpackingTogether(replies.flatMap(finishedIn));
    return ids.map((id, index) => jobIn(replies[index], () => id, unpack));
  }

  /** The jobs at these positions, with one round trip. */
  async at(order: HistoryOrder, positions: readonly number[]): Promise<StoredJob[]> {
    return jobsIn(await this.replies(order, positions));
  }

  /** The same for pages, which are often read again: the records are kept in memory. */
  async keptAt(order: HistoryOrder, positions: readonly number[]): Promise<StoredJob[]> {
    const { cache } = this;
    const replies = await this.replies(order, positions);
    const known = replies.map((reply) => (Buffer.isBuffer(reply) ? cache.get(reply) : undefined));
    const others = jobsIn(replies.filter((_reply, index) => known[index] === undefined)).values();
    return replies.map((reply, index) => {
      const job = known[index] ?? others.next().value ?? null;
      const isNew = known[index] === undefined && job !== null && !(job instanceof DamagedJobError);
      if (isNew && Buffer.isBuffer(reply)) cache.set(reply, job);
      return job;
    });
  }

  /** Per position what `readPageScript` replies of its job. */
  private async replies(order: HistoryOrder, positions: readonly number[]): Promise<unknown[]> {
    if (positions.length === 0) return [];
    const prefixes = [this.keys.jobTable(order), this.keys.job('')];
    const read: Promise<unknown[]>[] = [];
    for (let start = 0; start < positions.length; start += AT_ONCE) {
      const wanted = bytesOf(positions.slice(start, start + AT_ONCE));
      read.push(readPageScript(this.redis, [], [...prefixes, wanted, ...JOB_FIELDS]));
    }
    const replies = (await Promise.all(read)).flat();
    // Replies arrive together. Without this, the jobs of all pages would be in memory before the first page is complete.
    await setImmediate();
    return replies;
  }
}

/** The jobs in replies of `readPageScript`. */
function jobsIn(replies: readonly unknown[]): StoredJob[] {
  const found = replies.map((reply) => {
    if (Buffer.isBuffer(reply)) return { id: reply.subarray(0, ID_BYTES), values: valuesIn(reply) };
    return isUnreadable(reply) ? { id: reply[0], values: reply[1] } : null;
  });
  const unpack = unpackingTogether(found.flatMap((each) => (each === null ? [] : finishedIn(each.values))));
  return found.map((each) => (each === null ? null : jobIn(each.values, () => idOf(each.id), unpack)));
}

/** The values of a job, which follow its id, each after its length. */
function valuesIn(stored: Buffer): StoredValues {
  const values: (Buffer | null)[] = [];
  for (let at = ID_BYTES; at < stored.length;) {
    const length = stored.readInt32BE(at);
    at += NUMBER_BYTES;
    values.push(length < 0 ? null : stored.subarray(at, at + length));
    at += Math.max(0, length);
  }
  return values;
}

/** Whether `readPageScript` has found a job that Redis cannot read: its id, and why. */
function isUnreadable(reply: unknown): reply is readonly [Buffer, unknown] {
  return Array.isArray(reply) && Buffer.isBuffer(reply[0]);
}

/** The job in a reply: its values, or why Redis cannot read them. */
function jobIn(reply: unknown, id: () => string, unpack: Unpack): StoredJob {
  try {
    if (!isValues(reply)) throw new Error(Buffer.isBuffer(reply) ? reply.toString('utf8') : 'an unexpected reply');
    return parseJobRecord(reply, unpack);
  } catch (cause) {
    if (isRedisUnavailable(cause)) throw cause;
    return new DamagedJobError(id(), cause);
  }
}

/** The compact form in a reply, if the job has finished. */
function finishedIn(reply: unknown): Buffer[] {
  const finished = isValues(reply) ? (reply[FINISHED] ?? null) : null;
  return finished === null ? [] : [finished];
}

function isValues(reply: unknown): reply is StoredValues {
  return Array.isArray(reply) && reply.every((value) => value === null || Buffer.isBuffer(value));
}

function bytesOf(positions: readonly number[]): Buffer {
  const bytes = Buffer.alloc(positions.length * NUMBER_BYTES);
  for (const [index, position] of positions.entries()) bytes.writeUInt32BE(position, index * NUMBER_BYTES);
  return bytes;
}
