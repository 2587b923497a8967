/**
 * What a finished job costs in Redis: 100,000 jobs through the store's own scripts, by `INFO` and by `MEMORY USAGE`.
 * `node dist/bench/history-memory.js`.
 */
import { finishJob, JobStore, jobKeys } from '#jobs';
import { closeRedis, connectRedis } from '#redis';
import { startValkey } from '../local/services/index.js';
import { finishedJob, newSyntheticJob } from './synthetic-jobs.js';

const JOBS = Number(process.env['JOBS'] ?? 100_000);
const CONCURRENCY = 64;
const SAMPLES = 1_000;

const valkey = await startValkey({ conf: { appendonly: 'no' } });
const keys = jobKeys('lizzy');
const redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'bench', onError: () => undefined });
const store = new JobStore(redis, keys);
const ids: string[] = [];

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? NaN);
}

const memoryOf = async (key: string): Promise<number> => Number(await redis.memory('USAGE', key, 'SAMPLES', 0));

async function load(number: number): Promise<void> {
  const { id } = await store.submit(newSyntheticJob(number));
  const job = await store.get(id);
  if (job === null) throw new Error('a job was not stored');
  await finishJob(redis, keys, { record: finishedJob(job, number), events: [], fence: '-1' });
  // Kept apart: the request expires seven days after the end, and the log has its own size.
  await redis.unlink(keys.request(id), keys.events(id));
  ids.push(id);
}

await load(0);
const before = await usedMemory();
let next = 1;
await Promise.all(
  Array.from({ length: CONCURRENCY }, async () => {
    while (next < JOBS) await load(next++);
  }),
);
const shared = (await memoryOf(keys.feed)) + (await memoryOf(keys.audit));
console.log(
  `INFO: ${(((await usedMemory()) - before - shared) / (JOBS - 1)).toFixed(0)} bytes per finished job, indexes included`,
);
let records = 0;
for (const id of ids.slice(0, SAMPLES)) records += await memoryOf(keys.job(id));
console.log(`MEMORY USAGE: ${(records / SAMPLES).toFixed(0)} bytes for the record`);
let indexes = 0;
let cursor = '0';
do {
  const [following, found] = await redis.scan(cursor, 'COUNT', 1_000);
  const others = found.filter((key) => key.startsWith(`${keys.base}index:`) || key.startsWith(`${keys.base}history:`));
  for (const each of await Promise.all(others.map(memoryOf))) indexes += each;
  cursor = following;
} while (cursor !== '0');
console.log(`MEMORY USAGE: ${(indexes / JOBS).toFixed(0)} bytes for the indexes and tables`);
await closeRedis(redis);
await valkey.stop();
process.exit();
