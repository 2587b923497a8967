import { isRedisUnavailable, type Redis } from '#redis';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ID_BYTES, idBytes, idOf } from '../history/chunk.js';
import { type HistoryRecords, type StoredJob } from '../history/job-history.js';
import { type JobRecord } from '../model/job.js';
import { DamagedJobError, readingJob } from '../redis/damaged-job.error.js';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { readJobsScript, readPageScript } from './scripts/read.js';
import { JOB_FIELDS, parseJobRecord } from './stored-job.js';

/** How many parsed records a process keeps, some KB each: those of the pages that are read again and again. */
const MAX_RECORDS = 2_000;

/** An entry of what `readPageScript` gets for each job: position (4 bytes), id, length (4 bytes), and the last bytes. */
const TAIL_BYTES = 16;
const ID_AT = 4;
const LENGTH_AT = ID_AT + ID_BYTES;
const TAIL_AT = LENGTH_AT + 4;
const ENTRY_BYTES = TAIL_AT + TAIL_BYTES;

/** The values of `JOB_FIELDS`; null for a field that a hash does not have. */
const storedValues = z.array(z.instanceof(Buffer).nullable());
type StoredValues = z.infer<typeof storedValues>;
const pageEntry = z.tuple([z.instanceof(Buffer), z.unknown()]);

interface KnownRecord {
  readonly id: Buffer;
  /** Of a finished job: the length of its stored form, and its last bytes. */
  readonly end: { readonly length: number; readonly tail: Buffer } | null;
  readonly fingerprint: string;
  readonly record: JobRecord;
}

/**
 * Reads the records of jobs. To decompress and parse them takes most of the time of a page of the history, so that parsed
 * records are kept. A record is used again only when its stored form is the same. That of a finished job never changes, unless
 * Redis is restored to earlier data, in which another end can follow: the end of the stored form (the digest of the log among it)
 * and its length are compared within Redis.
 */
export class JobRecords implements HistoryRecords {
  private readonly byId = new LRUCache<string, KnownRecord>({ max: MAX_RECORDS });
  private readonly byPosition = new LRUCache<string, KnownRecord>({ max: MAX_RECORDS });

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** The job; null when none has this id. @throws DamagedJobError */
  async get(id: string): Promise<JobRecord | null> {
    return await readingJob(id, async () => {
      return this.parse(id, await this.redis.hmgetBuffer(this.keys.job(id), ...JOB_FIELDS), true)?.record ?? null;
    });
  }

  /** Several jobs with one round trip; null for one that does not exist, and the error of one that is damaged. */
  async getMany(ids: readonly string[]): Promise<StoredJob[]> {
    if (ids.length === 0) return [];
    const keys = ids.map((id) => this.keys.job(id));
    const replies = await readJobsScript(this.redis, keys, JOB_FIELDS);
    return ids.map((id, index) => {
      const known = this.parseReply(id, replies[index], true);
      return known instanceof DamagedJobError ? known : (known?.record ?? null);
    });
  }

  /**
   * The jobs at these positions, with one round trip.
   * @param isKept whether they are read again, probably
   */
  async at(order: HistoryOrder, positions: readonly number[], isKept: boolean): Promise<StoredJob[]> {
    if (positions.length === 0) return [];
    const known = positions.map((position) => this.byPosition.get(placeOf(order, position)));
    const wanted = Buffer.alloc(positions.length * ENTRY_BYTES);
    for (const [index, position] of positions.entries())
      writeEntry(wanted, index * ENTRY_BYTES, position, known[index]);
    const prefixes = [this.keys.jobTable(order), this.keys.job('')];
    const replies = await readPageScript(this.redis, [], [...prefixes, wanted, ...JOB_FIELDS]);
    return positions.map((position, index) => {
      const reply = replies[index];
      const before = known[index];
      if (reply === 1 && before !== undefined) return before.record;
      if (reply === null) return null;
      const [id, values] = pageEntry.parse(reply);
      const read = this.parseReply(idOf(id), values, isKept);
      if (read instanceof DamagedJobError) return read;
      if (read !== null && isKept) this.byPosition.set(placeOf(order, position), read);
      return read?.record ?? null;
    });
  }

  private parseReply(id: string, reply: unknown, isKept: boolean): KnownRecord | DamagedJobError | null {
    try {
      if (Buffer.isBuffer(reply)) throw new Error(reply.toString('utf8'));
      return this.parse(id, storedValues.parse(reply), isKept);
    } catch (cause) {
      if (isRedisUnavailable(cause)) throw cause;
      return new DamagedJobError(id, cause);
    }
  }

  /** The job; null when none of the fields exists. @throws as `parseJobRecord` */
  private parse(id: string, values: StoredValues, isKept: boolean): KnownRecord | null {
    const known = this.byId.get(id);
    const fingerprint = fingerprintOf(values);
    if (known?.fingerprint === fingerprint) return known;
    const fields = JOB_FIELDS.flatMap((name, index) => {
      const value = values[index] ?? null;
      return value === null ? [] : [[name, value] as const];
    });
    if (fields.length === 0) return null;
    const record = parseJobRecord(Object.fromEntries(fields));
    const read = { id: idBytes(id), end: endOf(values), fingerprint, record };
    if (isKept) this.byId.set(id, read);
    return read;
  }
}

function placeOf(order: HistoryOrder, position: number): string {
  return `${order} ${position}`;
}

function writeEntry(wanted: Buffer, at: number, position: number, known: KnownRecord | undefined): void {
  wanted.writeUInt32BE(position, at);
  if (known === undefined || known.end === null) return;
  known.id.copy(wanted, at + ID_AT);
  wanted.writeUInt32BE(known.end.length, at + LENGTH_AT);
  known.end.tail.copy(wanted, at + TAIL_AT);
}

/** Copies: a value of a reply is a part of all that was received with it, which would stay in memory, too. */
function endOf(values: StoredValues): KnownRecord['end'] {
  const finished = values[FINISHED] ?? null;
  return finished === null ? null : { length: finished.length, tail: Buffer.from(finished.subarray(-TAIL_BYTES)) };
}
const FINISHED = JOB_FIELDS.indexOf('finished');

function fingerprintOf(values: StoredValues): string {
  const end = endOf(values);
  if (end !== null) return `${end.length} ${end.tail.toString('latin1')}`;
  return values.map((value) => value?.toString('latin1') ?? '').join('\0');
}
