/**
 * The history with a million jobs: memory, pages under load, retention. Synthetic jobs are stored through the same keys and
 * scripts as real ones (`JobStore.submit`, `finishJob`), by several connections at once: `node dist/bench/history.js`.
 */
import { finishJob, type JobRecord, JobStore, jobKeys, Retention } from '#jobs';
import { closeRedis, connectRedis, type Redis } from '#redis';
import { startApi, startTokenServer, startValkey } from '../local/services/index.js';
import { percentile } from './percentile.js';
import { finishedJob, newSyntheticJob, QUERIES } from './synthetic-jobs.js';

const JOBS = Number(process.env['JOBS'] ?? 1_000_000);
const WAITING = Math.min(15_000, JOBS / 10);
const READERS = 16;
const SECONDS = 5;
const CONCURRENCY = 64;

const valkey = await startValkey();
const keys = jobKeys('lizzy');
const connect = (): Redis =>
  connectRedis({ url: valkey.url, role: 'worker', clientName: 'bench', onError: () => undefined });
const redis = connect();
const store = new JobStore(redis, keys);

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? NaN);
}

/** Runs work for each number, several at the same time. */
async function each(count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, run));
}

async function load(number: number): Promise<void> {
  const { id } = await store.submit(newSyntheticJob(number));
  const job = await store.get(id);
  if (job === null) throw new Error('a job was not stored');
  const record: JobRecord = finishedJob(job, number);
  await finishJob(redis, keys, { record, events: [], fence: '-1' });
  // What the bench is not about: the request goes seven days after the end, and the log has its own size.
  await redis.unlink(keys.request(id), keys.events(id));
}

const before = await usedMemory();
const begun = performance.now();
await each(JOBS, load);
console.log(`${JOBS} jobs stored in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
console.log(`memory of a finished job, indexes included: ${(((await usedMemory()) - before) / JOBS).toFixed(0)} bytes`);
await each(WAITING, async (number) => {
  await store.submit(newSyntheticJob(JOBS + number));
});
console.log(`${WAITING} jobs wait`);

const tokens = await startTokenServer();
const token = tokens.addToken({ uid: 'robot', scope: ['uid', 'deploy'] });
const api = await startApi({
  REDIS_URL: valkey.url,
  TOKENINFO_URL: tokens.tokeninfoUrl,
  DEPLOYER_SCOPE: 'deploy',
  ALLOWED_USERS: 'robot',
});

async function page(query: string): Promise<{ milliseconds: number; next: string | null; count: number }> {
  const start = performance.now();
  const response = await fetch(`${api.url}/api/jobs?${query}`, { headers: { authorization: `Bearer ${token}` } });
  const body: unknown = await response.json();
  const milliseconds = performance.now() - start;
  if (!response.ok || typeof body !== 'object' || body === null) throw new Error(`${query}: ${response.status}`);
  const { next_cursor: next, count } = { next_cursor: null, count: 0, ...body };
  return { milliseconds, next: typeof next === 'string' ? next : null, count };
}

async function measure(name: string, queryOf: (turn: number) => string): Promise<void> {
  const { count } = await page(queryOf(0));
  const end = performance.now() + SECONDS * 1000;
  const times: number[] = [];
  const read = async (turn: number): Promise<void> => {
    for (let cursor: string | null = null; performance.now() < end;) {
      const query = queryOf(turn);
      const answer: Awaited<ReturnType<typeof page>> = await page(
        cursor === null ? query : `${query}&cursor=${cursor}`,
      );
      times.push(answer.milliseconds);
      cursor = answer.next;
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, turn) => read(turn)));
  const figure = (share: number): string => percentile(times, share).toFixed(1).padStart(6);
  console.log(
    `${name.padEnd(46)}${String(count).padStart(6)} jobs, ${String(Math.round(times.length / SECONDS)).padStart(5)} pages/s, ` +
      `median ${figure(0.5)} ms, p99 ${figure(0.99)} ms`,
  );
}

await redis.config('SET', 'slowlog-log-slower-than', '5000');
await redis.slowlog('RESET');
for (const [name, query] of Object.entries(QUERIES)) await measure(name, () => query);
console.log(`commands over 5 ms while pages were read: ${String(await redis.slowlog('LEN'))}`);

await redis.slowlog('RESET');
const drop = Math.min(20_000, JOBS / 2);
const retention = new Retention(redis, keys, (ids) => store.getMany(ids), {
  days: 3650,
  maxJobs: JOBS + WAITING - drop,
});
const startOfRetention = performance.now();
const retaining = retention.run(new AbortController().signal);
await measure('any page while retention runs', () => QUERIES['every job'] ?? '');
const dropped = await retaining;
console.log(
  `retention: ${dropped} jobs dropped in ${((performance.now() - startOfRetention) / 1000).toFixed(1)} s, ` +
    `commands over 5 ms: ${String(await redis.slowlog('LEN'))}`,
);

await api.stop();
await closeRedis(redis);
await Promise.all([valkey.stop(), tokens.stop()]);
process.exit();
