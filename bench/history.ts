/**
 * Pages of a history of a million jobs (`history-fill.js`), while 15,000 jobs wait: 16 readers go through pages, then
 * again while retention runs. `HISTORY=/tmp/history node dist/bench/history.js`.
 */
import { JobStore, jobKeys, Retention } from '#jobs';
import { closeRedis, connectRedis } from '#redis';
import { startApi, startTokenServer } from '../local/services/index.js';
import { startHistoryValkey } from './history-valkey.js';
import { percentile } from './percentile.js';
import { newSyntheticJob, QUERIES } from './synthetic-jobs.js';

const WAITING = 15_000;
const READERS = 16;
/** How many pages each reader reads, one after the other, with a pause of up to `PAUSE_MS` before each. */
const PAGES = Number(process.env['PAGES'] ?? 25);
const PAUSE_MS = Number(process.env['PAUSE_MS'] ?? 400);
const CONCURRENCY = 64;
/** A step of Redis longer than this is in the slow log, in microseconds. */
const SLOW_US = 5_000;

const valkey = await startHistoryValkey();
const keys = jobKeys('lizzy');
const redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'bench', onError: () => undefined });
const store = new JobStore(redis, keys);
const jobs = Number(await redis.get(keys.size));
let next = jobs;
await Promise.all(
  Array.from({ length: CONCURRENCY }, async () => {
    while (next < jobs + WAITING) await store.submit(newSyntheticJob(next++));
  }),
);
console.log(`${jobs} finished jobs, ${await redis.zcard(keys.waiting)} wait, ${READERS} readers`);

const tokens = await startTokenServer();
const token = tokens.addToken({ uid: 'robot', scope: ['uid', 'deploy'] });
const api = await startApi({
  REDIS_URL: valkey.url,
  TOKENINFO_URL: tokens.tokeninfoUrl,
  DEPLOYER_SCOPE: 'deploy',
  ALLOWED_USERS: 'robot',
});

async function page(query: string): Promise<{ milliseconds: number; cursor: string | null; count: number }> {
  const start = performance.now();
  const response = await fetch(`${api.url}/api/jobs?${query}`, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  const milliseconds = performance.now() - start;
  const body: unknown = JSON.parse(text);
  if (!response.ok || typeof body !== 'object' || body === null) throw new Error(`${query}: ${response.status}`);
  const { next_cursor: cursor, count } = { next_cursor: null, count: 0, ...body };
  return { milliseconds, cursor: typeof cursor === 'string' ? cursor : null, count };
}

async function measure(name: string, query: string): Promise<void> {
  const { count } = await page(query);
  const first: number[] = [];
  const later: number[] = [];
  const read = async (reader: number): Promise<void> => {
    let cursor: string | null = null;
    for (let number = 0; number < PAGES; number += 1) {
      // The readers do not come all at the same moment.
      await new Promise((resolve) =>
        setTimeout(resolve, (((reader + 1) * (number + 3) * 7919) % 997) * (PAUSE_MS / 997)),
      );
      const answer: Awaited<ReturnType<typeof page>> = await page(
        cursor === null ? query : `${query}&cursor=${cursor}`,
      );
      (cursor === null ? first : later).push(answer.milliseconds);
      cursor = number % 5 === 4 ? null : answer.cursor;
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, reader) => read(reader)));
  const figure = (times: readonly number[], share: number): string => percentile(times, share).toFixed(1).padStart(6);
  console.log(
    `${name.padEnd(40)}${String(count).padStart(6)} jobs; first page p50 ${figure(first, 0.5)} p99 ${figure(first, 0.99)} ms; ` +
      `next page p50 ${figure(later, 0.5)} p99 ${figure(later, 0.99)} ms`,
  );
}

await redis.config('SET', 'slowlog-log-slower-than', String(SLOW_US));
await redis.slowlog('RESET');
for (const [name, query] of Object.entries(QUERIES)) await measure(name, query);
console.log(`commands over 5 ms: ${JSON.stringify(await redis.slowlog('GET', 5))}`);

await redis.slowlog('RESET');
const limits = { days: 3650, maxJobs: jobs + WAITING - Math.min(20_000, jobs / 2) };
const begun = performance.now();
const retaining = new Retention(redis, keys, (ids) => store.getMany(ids), limits).run(new AbortController().signal);
for (const name of ['every job', 'status, kind and region'])
  await measure(`${name}, with retention`, QUERIES[name] ?? '');
const dropped = await retaining;
console.log(`retention: ${dropped} jobs dropped in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
console.log(`commands over 5 ms: ${JSON.stringify(await redis.slowlog('GET', 5))}`);

await api.stop();
await closeRedis(redis);
await Promise.all([valkey.kill(), tokens.stop()]);
process.exit();
