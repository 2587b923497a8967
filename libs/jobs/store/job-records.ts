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
/** A position as `readPageScript` gets it, in bytes. */
const POSITION_BYTES = 4;

/** What Redis holds of a job: its values, or why it cannot read them. */
interface Reply {
  readonly id: string;
  readonly values: unknown;
}

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
    return ids.map((id, index) => jobIn(replies[index], id, unpack));
  }

  /** The jobs at these positions, with one round trip. */
  async at(order: HistoryOrder, positions: readonly number[]): Promise<StoredJob[]> {
    const replies = await this.replies(order, positions);
    const unpack = unpackingTogether(replies.flatMap((reply) => (reply === null ? [] : finishedIn(reply.values))));
    return replies.map((reply) => (reply === null ? null : jobIn(reply.values, reply.id, unpack)));
  }

  /** The same for pages, which are often read again: the records are kept in memory. */
  async keptAt(order: HistoryOrder, positions: readonly number[]): Promise<StoredJob[]> {
    const { cache } = this;
    const replies = (await this.replies(order, positions)).map((reply) => {
      const isKnown = reply !== null && isValues(reply.values);
      return { reply, known: isKnown ? cache.get(reply.id, reply.values) : undefined };
    });
    const unpack = unpackingTogether(
      replies.flatMap(({ reply, known }) => (reply === null || known !== undefined ? [] : finishedIn(reply.values))),
    );
    return replies.map(({ reply, known }) => {
      if (reply === null || known !== undefined) return known ?? null;
      const { id, values } = reply;
      const job = jobIn(values, id, unpack);
      if (job !== null && !(job instanceof DamagedJobError) && isValues(values)) cache.set(id, values, job);
      return job;
    });
  }

  /** Per position what Redis holds of its job; null when there is none. */
  private async replies(order: HistoryOrder, positions: readonly number[]): Promise<(Reply | null)[]> {
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
    return replies.map((reply) => (isFound(reply) ? { id: idOf(reply[0]), values: reply[1] } : null));
  }
}

/** Whether `readPageScript` has found a job: its id, and its values or why Redis cannot read them. */
function isFound(reply: unknown): reply is readonly [Buffer, unknown] {
  return Array.isArray(reply) && Buffer.isBuffer(reply[0]);
}

/** The job in a reply: its values, or why Redis cannot read them. */
function jobIn(reply: unknown, id: string, unpack: Unpack): StoredJob {
  try {
    if (!isValues(reply)) throw new Error(Buffer.isBuffer(reply) ? reply.toString('utf8') : 'an unexpected reply');
    return parseJobRecord(reply, unpack);
  } catch (cause) {
    if (isRedisUnavailable(cause)) throw cause;
    return new DamagedJobError(id, cause);
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
  const bytes = Buffer.alloc(positions.length * POSITION_BYTES);
  for (const [index, position] of positions.entries()) bytes.writeUInt32BE(position, index * POSITION_BYTES);
  return bytes;
}
