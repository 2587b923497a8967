import { type Redis, writeRefusal } from '#redis';
import { type StoreFigures } from '#telemetry';
import pTimeout from 'p-timeout';
import { checkAuditTrail, DamagedAuditError } from '../audit/damaged-audit.error.js';
import { ChunkBitmap, decodeContainer } from '../history/bitmap.js';
import { chunkField, JOB_ENTRY_BYTES } from '../history/chunk.js';
import { type WorkerRegistry } from '../workers/worker-registry.js';
import { redisNow } from '../redis/clock.js';
import { type JobKeys } from '../redis/keys.js';

/** How long all of it may take, in milliseconds; a scrape must not wait for a Redis that hangs. */
const LIMIT_MS = 1_000;

/** Reads the figures with some 15 short commands; null when Redis is unavailable or does not answer within a second. */
export async function readStoreFigures(
  redis: Redis,
  keys: JobKeys,
  workers: Pick<WorkerRegistry, 'listAlive'>,
): Promise<StoreFigures | null> {
  // Commands would queue up in a connection that waits for Redis.
  if (redis.status !== 'ready') return null;
  return await pTimeout(readAll(redis, keys, workers), { milliseconds: LIMIT_MS, fallback: () => null });
}

/** The jobs that wait for a worker: how many, and when the first of them was submitted, in ms since 1970; null when none waits. */
export async function readWaitingJobs(redis: Redis, keys: JobKeys): Promise<{ count: number; since: number | null }> {
  const [count, since] = await Promise.all([redis.zcard(keys.waiting), oldestSubmission(redis, keys, keys.waiting)]);
  return { count, since };
}

/** Why no change is accepted at present; null when they are, or Redis is unavailable. */
export async function changeRefusal(redis: Redis, keys: JobKeys): Promise<string | null> {
  const refusal = await writeRefusal(redis, keys.writeCheck);
  if (refusal !== null) return refusal;
  return await checkAuditTrail(redis, keys.audit).then(
    () => null,
    (error: unknown) => (error instanceof DamagedAuditError ? error.message : null),
  );
}

async function readAll(
  redis: Redis,
  keys: JobKeys,
  registry: Pick<WorkerRegistry, 'listAlive'>,
): Promise<StoreFigures> {
  const startedAt = performance.now();
  await redis.ping();
  const redisLatency = (performance.now() - startedAt) / 1000;
  const [now, unfinishedJobs, waitingJobs, unfinishedSince, waitingSince, size, oldestEnd, memory, reports, refusal] =
    await Promise.all([
      redisNow(redis),
      redis.zcard(keys.unfinished),
      redis.zcard(keys.waiting),
      oldestSubmission(redis, keys, keys.unfinished),
      oldestSubmission(redis, keys, keys.waiting),
      redis.get(keys.size),
      oldestFinishedAt(redis, keys),
      // A user without the right to INFO.
      redis.info('memory').catch(() => ''),
      registry.listAlive(),
      changeRefusal(redis, keys),
    ]);
  const age = (since: number | null): number | null => (since === null ? null : Math.max(0, now - since) / 1000);
  const working = reports.filter(({ draining }) => !draining);
  const unhealthy = working.filter(({ unhealthy: reason }) => reason !== null).length;
  return {
    redisLatency,
    acceptsChanges: refusal === null,
    redisMemory: memoryFigure(memory, 'used_memory'),
    redisMemoryLimit: memoryFigure(memory, 'maxmemory'),
    unfinishedJobs,
    oldestUnfinishedAge: age(unfinishedSince),
    waitingJobs,
    oldestWaitingAge: age(waitingSince),
    historyJobs: Number(size ?? 0),
    oldestHistoryAge: age(oldestEnd),
    workers: { healthy: working.length - unhealthy, unhealthy, draining: reports.length - working.length },
    workersWithoutAws: working.filter(({ aws_outage: outage }) => outage !== null).length,
  };
}

/** When the first job of a sorted set was submitted, in ms since 1970. */
async function oldestSubmission(redis: Redis, keys: JobKeys, jobs: string): Promise<number | null> {
  const [id] = await redis.zrange(jobs, '0', '0');
  const created = id === undefined ? null : await redis.hget(keys.job(id), 'created');
  return created === null ? null : Number(created);
}

/** When the first job of the history that is still kept has ended, in ms since 1970. */
async function oldestFinishedAt(redis: Redis, keys: JobKeys): Promise<number | null> {
  const fields = await redis.hkeys(keys.index('all'));
  const chunks = fields.filter((field) => field.startsWith('f')).map((field) => Number(field.slice(1)));
  if (chunks.length === 0) return null;
  const chunk = Math.min(...chunks);
  const bitmap = new ChunkBitmap();
  bitmap.addContainer(decodeContainer(await redis.hgetBuffer(keys.index('all'), chunkField('finished', chunk))));
  const offset = [...bitmap.descending()].at(-1);
  if (offset === undefined) return null;
  const start = offset * JOB_ENTRY_BYTES;
  const entry = await redis.getrangeBuffer(`${keys.jobTable('finished')}${chunk}`, start, start + JOB_ENTRY_BYTES - 1);
  return entry.length < JOB_ENTRY_BYTES ? null : entry.readUIntBE(16, 6);
}

function memoryFigure(info: string, name: string): number | null {
  const line = info.split('\r\n').find((each) => each.startsWith(`${name}:`));
  return line === undefined ? null : Number(line.slice(name.length + 1));
}
