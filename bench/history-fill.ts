/**
 * Stores a million finished jobs as the store does, in bulk, and saves them as `dump.rdb` in the directory `HISTORY`, for
 * `history.js`: `HISTORY=/tmp/history JOBS=1000000 node dist/bench/history-fill.js`.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { jobKeys } from '#jobs';
import { closeRedis, connectRedis, type Redis } from '#redis';
import {
  BITMAP_BYTES,
  chunkField,
  chunkOf,
  CHUNK_SIZE,
  idBytes,
  JOB_ENTRY_BYTES,
  SUBMISSION_ENTRY_BYTES,
} from '../libs/jobs/history/chunk.js';
import { historyValues } from '../libs/jobs/history/filter.js';
import { type JobRecord, unclaimedProgress } from '../libs/jobs/model/job.js';
import { type HistoryOrder } from '../libs/jobs/redis/keys.js';
import { packJob } from '../libs/jobs/store/packed-job.js';
import { startHistoryValkey } from './history-valkey.js';
import { commitOf, finishedJob, newSyntheticJob } from './synthetic-jobs.js';

const JOBS = Number(process.env['JOBS'] ?? 1_000_000);
const BATCH = 1_000;
/** Between two submissions, in milliseconds. */
const INTERVAL_MS = 5_000;
/** Jobs finish in a different order than they were submitted: each within this many positions. */
const SHUFFLED = 50;
/** Number of different records; the others are copies with other IDs. */
const MODELS = 20_000;

const keys = jobKeys('lizzy');
const start = Date.now() - JOBS * INTERVAL_MS;

/** The containers of the indexes, collected until the end: offsets by key and field. */
const containers = new Map<string, Map<string, number[]>>();

function indexed(key: string, order: HistoryOrder, position: number): void {
  const fields = containers.get(key) ?? new Map<string, number[]>();
  containers.set(key, fields);
  const field = chunkField(order, chunkOf(position));
  const offsets = fields.get(field) ?? [];
  fields.set(field, offsets);
  offsets.push(position % CHUNK_SIZE);
}

/** A container as `chunk.ts` describes it. */
function encode(offsets: readonly number[]): Buffer {
  if (offsets.length * 2 < BITMAP_BYTES) {
    const list = Buffer.alloc(offsets.length * 2);
    offsets.forEach((offset, index) => list.writeUInt16BE(offset, index * 2));
    return list;
  }
  const bitmap = Buffer.alloc(BITMAP_BYTES);
  for (const offset of offsets) bitmap[offset >>> 3] = (bitmap[offset >>> 3] ?? 0) | (1 << (offset & 7));
  return bitmap;
}

/** The job with this number, and its record as it is stored. */
interface SyntheticJob {
  readonly record: JobRecord;
  readonly packed: Buffer;
}

function jobOf(number: number): SyntheticJob {
  const created = new Date(start + number * INTERVAL_MS).toISOString();
  const { description } = newSyntheticJob(number);
  const submission = { ...description, schema: 1, id: randomUUID(), created_at: created };
  const progress = unclaimedProgress(created);
  const job = { submission, seq: number + 1, attempt: 1, worker: randomUUID(), cancel: null, progress, log: null };
  const record = finishedJob(job, number);
  return { record, packed: packJob(record) };
}

/** The position in the order of ends: each group of `SHUFFLED` jobs finishes in the reverse order. */
function finishedPositionOf(number: number): number {
  const first = number - (number % SHUFFLED);
  return first + Math.min(SHUFFLED, JOBS - first) - (number - first);
}

/** Writes one table, one string per chunk. */
async function writeTable(redis: Redis, prefix: string, entryBytes: number, entries: Buffer): Promise<void> {
  const chunkBytes = CHUNK_SIZE * entryBytes;
  for (let at = 0; at < entries.length; at += chunkBytes)
    await redis.set(`${prefix}${at / chunkBytes}`, entries.subarray(at, at + chunkBytes));
}

const valkey = await startHistoryValkey();
const redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'bench', onError: () => undefined });
const submitted = Buffer.alloc((JOBS + 1) * JOB_ENTRY_BYTES);
const finished = Buffer.alloc((JOBS + 1) * JOB_ENTRY_BYTES);
const submissionOf = Buffer.alloc((JOBS + 1) * SUBMISSION_ENTRY_BYTES);
const models: SyntheticJob[] = [];
for (let number = 0; number < JOBS; number += 1) {
  // To compress a million records takes a quarter of an hour: the later ones are copies of the first ones.
  if (number < MODELS) models.push(jobOf(number));
  const { record, packed } = models[number % MODELS] ?? jobOf(number);
  const { progress } = record;
  const id = number < MODELS ? record.submission.id : randomUUID();
  const [seq, finishedPosition] = [number + 1, finishedPositionOf(number)];
  const bytes = idBytes(id);
  bytes.copy(submitted, seq * JOB_ENTRY_BYTES);
  submitted.writeUIntBE(start + number * INTERVAL_MS, seq * JOB_ENTRY_BYTES + 16, 6);
  bytes.copy(finished, finishedPosition * JOB_ENTRY_BYTES);
  // Times never go back along an order.
  finished.writeUIntBE(start + (finishedPosition + 40) * INTERVAL_MS, finishedPosition * JOB_ENTRY_BYTES + 16, 6);
  submissionOf.writeUInt32BE(seq, finishedPosition * SUBMISSION_ENTRY_BYTES);
  void redis.hset(keys.job(id), 'status', progress.status, 'finished', packed).catch(() => undefined);
  const values = Object.entries(historyValues(record.submission, progress.status));
  const shared = values.filter(([field]) => field !== 'stack_version' && field !== 'commit');
  void redis.zadd(keys.stackNames, 0, record.submission.stack_name).catch(() => undefined);
  for (const key of [keys.index('all'), ...shared.map(([field, value]) => keys.index(field, value ?? ''))]) {
    indexed(key, 'submitted', seq);
    indexed(key, 'finished', finishedPosition);
  }
  // These values have one job each.
  for (const key of [keys.index('stack_version', `v${number}`), keys.index('commit', commitOf(number))]) {
    const [inSubmitted, inFinished] = [
      chunkField('submitted', chunkOf(seq)),
      chunkField('finished', chunkOf(finishedPosition)),
    ];
    const [one, other] = [encode([seq % CHUNK_SIZE]), encode([finishedPosition % CHUNK_SIZE])];
    void redis.hset(key, inSubmitted, one, inFinished, other).catch(() => undefined);
  }
  if (number % BATCH === BATCH - 1) await redis.ping();
  if (number % 100_000 === 99_999) console.log(`${number + 1} jobs`);
}
await writeTable(redis, keys.jobTable('submitted'), JOB_ENTRY_BYTES, submitted);
await writeTable(redis, keys.jobTable('finished'), JOB_ENTRY_BYTES, finished);
await writeTable(redis, keys.submissionTable, SUBMISSION_ENTRY_BYTES, submissionOf);
let written = 0;
for (const [key, fields] of containers) {
  void redis.hset(key, ...[...fields].flatMap(([field, offsets]) => [field, encode(offsets)])).catch(() => undefined);
  written += 1;
  if (written % BATCH === 0) await redis.ping();
}
await redis.mset(keys.position('submitted'), JOBS, keys.position('finished'), JOBS, keys.size, JOBS);
const memory = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? NaN);
console.log(`${JOBS} jobs in ${await redis.dbsize()} keys, ${(memory / JOBS).toFixed(0)} bytes of memory per job`);
await redis.bgsave();
while ((await redis.info('persistence')).includes('rdb_bgsave_in_progress:1')) await sleep(500);
await closeRedis(redis);
await valkey.stop();
process.exit();
