/**
 * Pages of a history of a million jobs (`history-fill.js`), while 15,000 jobs wait: 16 readers, a connection each, go through
 * pages, then again while the whole history is downloaded, and while retention runs. `HISTORY=/tmp/history node dist/bench/history.js [WORDS...]`,
 * with words only the queries whose names contain one of them; the last two are named `download` and `retention`.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { JobStore, jobKeys } from '#jobs';
import { closeRedis, connectRedis } from '#redis';
import { Child, inProject, startApi, startTokenServer } from '../local/services/index.js';
import { startHistoryValkey } from './history-valkey.js';
import { PageReader, type ReceivedPage } from './page-reader.js';
import { percentile } from './percentile.js';
import { processorTime } from './processor-time.js';
import { newSyntheticJob, QUERIES } from './synthetic-jobs.js';

const WAITING = 15_000;
const READERS = 16;
/** How many pages each reader reads, one after the other; with a pause of up to `PAUSE_MS` before each. */
const PAGES = Number(process.env['PAGES'] ?? 40);
const PAUSE_MS = Number(process.env['PAUSE_MS'] ?? 0);
const PAGES_IN_A_ROW = 5;
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

const readers = Array.from({ length: READERS }, () => new PageReader(api.url, token));
const processes = { api: api.pid, redis: valkey.pid, readers: process.pid };

/** Each reader reads `PAGES` pages: a first page and the next ones up to `PAGES_IN_A_ROW`, then another first page. */
async function readPages(index: number, query: string, times: Record<'first' | 'next', number[]>): Promise<void> {
  const reader = readers[index];
  if (reader === undefined) return;
  let next: string | null = null;
  for (let number = 0; number < PAGES; number += 1) {
    if (PAUSE_MS > 0) await sleep(Math.random() * PAUSE_MS);
    const page: ReceivedPage = await reader.read(next ?? pathOf(query, index, number));
    times[next === null ? 'first' : 'next'].push(page.milliseconds);
    next = number % PAGES_IN_A_ROW === PAGES_IN_A_ROW - 1 ? null : page.next;
  }
}

/** The path of a first page. */
function pathOf(query: string, reader: number, page: number): string {
  const first = Math.floor(page / PAGES_IN_A_ROW) % 10;
  return `/api/jobs?${query.replace('READER', String(reader + 1)).replace('PAGE', String(first))}`;
}

/** Pages that are not measured, of waiting jobs and of finished ones that were not read before: an API that has just started compiles what it runs. */
async function warmUp(): Promise<void> {
  for (const query of ['kind=deploy', 'requested_by=user-READER&sort=finished_at'])
    await Promise.all(readers.map((_reader, index) => readPages(index, query, { first: [], next: [] })));
}

async function measure(name: string, query: string): Promise<void> {
  const cold = await new PageReader(api.url, token).read(pathOf(query, 0, 0));
  const { count } = z.object({ count: z.number() }).parse(JSON.parse(cold.body()));
  const used = (): number[] => Object.values(processes).map(processorTime);
  const before = used();
  const times = { first: [], next: [] };
  await Promise.all(readers.map((_reader, index) => readPages(index, query, times)));
  const after = used();
  const perPage = Object.keys(processes).map(
    (process, index) => `${process} ${(((after[index] ?? 0) - (before[index] ?? 0)) / (READERS * PAGES)).toFixed(1)}`,
  );
  const figure = (values: readonly number[], share: number): string => percentile(values, share).toFixed(1).padStart(6);
  console.log(
    `${name.padEnd(40)}${String(count).padStart(6)} jobs; alone ${cold.milliseconds.toFixed(1).padStart(5)}; ` +
      `first page p50 ${figure(times.first, 0.5)} p99 ${figure(times.first, 0.99)}; ` +
      `next page p50 ${figure(times.next, 0.5)} p99 ${figure(times.next, 0.99)} ms; ` +
      `processor time of a page, ms: ${perPage.join(', ')}; load ${loadavg()[0]?.toFixed(1) ?? ''}`,
  );
}

/** Pages while the whole history is downloaded. */
async function measureDownload(): Promise<void> {
  let downloaded = 0;
  const startedAt = performance.now();
  const download = (async (): Promise<void> => {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' };
    const { body } = await fetch(`${api.url}/api/jobs`, { headers });
    for await (const chunk of body ?? []) downloaded += z.instanceof(Uint8Array).parse(chunk).length;
  })();
  await measure('every job, with a download', QUERIES['every job'] ?? '');
  await download;
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`download of the whole history: ${(downloaded / 1e6).toFixed(0)} MB in ${seconds.toFixed(0)} s`);
}

/** Pages while retention drops jobs. */
async function measureRetention(): Promise<void> {
  await redis.slowlog('RESET');
  const left = jobs + WAITING - Math.min(20_000, jobs / 2);
  const retention = await Child.start({
    name: 'retention',
    command: process.execPath,
    args: [inProject('dist', 'bench', 'history-retention.js')],
    env: { REDIS_URL: valkey.url, MAX_JOBS: String(left) },
  });
  for (const name of ['every job', 'status, kind and region'])
    await measure(`${name}, with retention`, QUERIES[name] ?? '');
  await retention.exited;
  console.log(retention.lines.join('\n'));
  console.log(`commands over 5 ms: ${JSON.stringify(await redis.slowlog('GET', 5))}`);
}

await redis.config('SET', 'slowlog-log-slower-than', String(SLOW_US));
await redis.slowlog('RESET');
await warmUp();
const words = process.argv.slice(2);
const isWanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
for (const [name, query] of Object.entries(QUERIES)) if (isWanted(name)) await measure(name, query);
console.log(`commands over 5 ms: ${JSON.stringify(await redis.slowlog('GET', 5))}`);
if (isWanted('download')) await measureDownload();
if (isWanted('retention')) await measureRetention();

for (const reader of readers) reader.close();
await api.stop();
await closeRedis(redis);
await Promise.all([valkey.kill(), tokens.stop()]);
process.exit();
