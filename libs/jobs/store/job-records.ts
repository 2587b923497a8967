import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { isRedisUnavailable, type Redis } from '#redis';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ID_BYTES, idBytes, idOf } from '../history/chunk.js';
import { type HistoryRecords, type StoredJob } from '../history/job-history.js';
import { type JobRecord } from '../model/job.js';
import { DamagedJobError, readingJob } from '../redis/damaged-job.error.js';
import { type HistoryOrder, type JobKeys } from '../redis/keys.js';
import { readJobsScript, readPageScript } from './scripts/read.js';
import { unpackingTogether, unpackJob } from './packed-job.js';
import { JOB_FIELDS, parseJobRecord } from './stored-job.js';

/** How many parsed records a process keeps, some KB each: those of the pages that are read again and again. */
const MAX_RECORDS = 2_000;

/**
 * By what the stored form of a job is recognized. A finished job: its length, and its last bytes. Another one: 0, and the first digits
 * of the SHA-1 of its values.
 */
const FORM = { tailAt: 4, bytes: 20 };
/** An entry of what `readPageScript` gets for each job: its position (4 bytes), and the id and form that are known. */
const ENTRY = { idAt: 4, formAt: 4 + ID_BYTES, bytes: 4 + ID_BYTES + FORM.bytes };

/** The values of `JOB_FIELDS`; null for a field that a hash does not have. */
const storedValues = z.array(z.instanceof(Buffer).nullable());
type StoredValues = z.infer<typeof storedValues>;
/** What a script replies for a job: its values, or why Redis cannot read them. */
const jobReply = z.union([storedValues, z.instanceof(Buffer)]);
type JobReply = z.infer<typeof jobReply>;
/** What `readPageScript` replies for a job. */
const pageReply = z.union([z.literal(1), z.null(), z.tuple([z.instanceof(Buffer), jobReply])]);
const AS_KNOWN = 1;
/** How many jobs one script reads, so that none blocks Redis for long: about 1 ms. */
const AT_ONCE = 50;

interface KnownRecord {
  readonly id: Buffer;
  /** See `FORM`. */
  readonly form: Buffer;
  readonly record: JobRecord;
}

interface ParseOptions {
  /** Whether the record is kept in memory. */
  readonly isKept: boolean;
  /** Reads the compact form of a finished job. */
  readonly unpack: (packed: Buffer) => JobRecord;
}

/**
 * Reads the records of jobs. To decompress and parse them takes most of the time of a page of the history, so that parsed
 * records are kept. A record is used again only when its stored form is the same, which Redis compares. That of a finished job never
 * changes, unless Redis is restored to earlier data, in which another end can follow: its length and its last bytes, the digest of
 * the log among them, are sufficient.
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
      const values = await this.redis.hmgetBuffer(this.keys.job(id), ...JOB_FIELDS);
      return this.parse(id, values, { isKept: true, unpack: unpackJob })?.record ?? null;
    });
  }

  /** Several jobs with one round trip; null for one that does not exist, and the error of one that is damaged. */
  async getMany(ids: readonly string[]): Promise<StoredJob[]> {
    if (ids.length === 0) return [];
    const keys = ids.map((id) => this.keys.job(id));
    const replies = z.array(jobReply).parse(await readJobsScript(this.redis, keys, JOB_FIELDS));
    const unpack = unpackingTogether(replies.flatMap(finishedIn));
    return ids.map((id, index) => {
      const known = this.parseReply(id, replies[index] ?? [], { isKept: true, unpack });
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
    const wanted = Buffer.alloc(positions.length * ENTRY.bytes);
    for (const [index, position] of positions.entries())
      writeEntry(wanted, index * ENTRY.bytes, position, known[index]);
    const prefixes = [this.keys.jobTable(order), this.keys.job('')];
    const parts = Array.from({ length: Math.ceil(positions.length / AT_ONCE) }, (_, part) =>
      wanted.subarray(part * AT_ONCE * ENTRY.bytes, (part + 1) * AT_ONCE * ENTRY.bytes),
    );
    const read = parts.map((part) => readPageScript(this.redis, [], [...prefixes, part, ...JOB_FIELDS]));
    const replies = (await Promise.all(read)).flat();
    // Replies arrive together. Without this, the jobs of all pages would be in memory before the first page is complete.
    await setImmediate();
    const parsed = z.array(pageReply).parse(replies);
    const unpack = unpackingTogether(parsed.flatMap((reply) => (Array.isArray(reply) ? finishedIn(reply[1]) : [])));
    return positions.map((position, index) => {
      const reply = parsed[index] ?? null;
      if (reply === null) return null;
      if (reply === AS_KNOWN) return known[index]?.record ?? null;
      const [id, values] = reply;
      const found = this.parseReply(idOf(id), values, { isKept, unpack });
      if (found instanceof DamagedJobError) return found;
      if (found !== null && isKept) this.byPosition.set(placeOf(order, position), found);
      return found?.record ?? null;
    });
  }

  private parseReply(id: string, reply: JobReply, options: ParseOptions): KnownRecord | DamagedJobError | null {
    try {
      if (Buffer.isBuffer(reply)) throw new Error(reply.toString('utf8'));
      return this.parse(id, reply, options);
    } catch (cause) {
      if (isRedisUnavailable(cause)) throw cause;
      return new DamagedJobError(id, cause);
    }
  }

  /** The job; null when none of the fields exists. @throws as `parseJobRecord` */
  private parse(id: string, values: StoredValues, { isKept, unpack }: ParseOptions): KnownRecord | null {
    const known = this.byId.get(id);
    const form = formOf(values);
    if (known?.form.equals(form) === true) return known;
    const fields = JOB_FIELDS.flatMap((name, index) => {
      const value = values[index] ?? null;
      return value === null ? [] : [[name, value] as const];
    });
    if (fields.length === 0) return null;
    const record = parseJobRecord(Object.fromEntries(fields), unpack);
    const read = { id: idBytes(id), form, record };
    if (isKept) this.byId.set(id, read);
    return read;
  }
}

/** The compact form in a reply, if the job has finished. */
function finishedIn(reply: JobReply): Buffer[] {
  const finished = Buffer.isBuffer(reply) ? null : (reply[FINISHED] ?? null);
  return finished === null ? [] : [finished];
}

function placeOf(order: HistoryOrder, position: number): string {
  return `${order} ${position}`;
}

function writeEntry(wanted: Buffer, at: number, position: number, known: KnownRecord | undefined): void {
  wanted.writeUInt32BE(position, at);
  known?.id.copy(wanted, at + ENTRY.idAt);
  known?.form.copy(wanted, at + ENTRY.formAt);
}

/** A copy: a value of a reply is a part of all that was received with it, which would stay in memory, too. */
function formOf(values: StoredValues): Buffer {
  const form = Buffer.alloc(FORM.bytes);
  const finished = values[FINISHED] ?? null;
  if (finished === null) {
    const digest = createHash('sha1');
    for (const [index, value] of values.entries()) digest.update(index === 0 ? '' : '\0').update(value ?? '');
    form.write(digest.digest('hex'), FORM.tailAt);
  } else {
    form.writeUInt32BE(finished.length);
    finished.copy(form, FORM.tailAt, Math.max(0, finished.length + FORM.tailAt - FORM.bytes));
  }
  return form;
}
const FINISHED = JOB_FIELDS.indexOf('finished');
