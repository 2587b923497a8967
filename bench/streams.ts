/**
 * The memory of one API process with 2,000 open event streams, idle and while 20,000 log lines are delivered:
 * `node dist/bench/streams.js`.
 */
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { JobClaim, JobStore, jobKeys } from '#jobs';
import { closeRedis, connectRedis } from '#redis';
import { startApi, startTokenServer, startValkey, until } from '../local/services/index.js';
import { memoryOf } from './memory.js';
import { newSyntheticJob } from './synthetic-jobs.js';

const STREAMS = 2_000;
/** A user can have 100 requests that wait. */
const STREAMS_PER_USER = 50;
const JOBS = 100;
const LINES_PER_JOB = 200;
const BATCH = 50;

const [valkey, tokens] = await Promise.all([startValkey(), startTokenServer()]);
const keys = jobKeys('lizzy');
const redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'bench', onError: () => undefined });
const store = new JobStore(redis, keys);
const api = await startApi({
  REDIS_URL: valkey.url,
  TOKENINFO_URL: tokens.tokeninfoUrl,
  DEPLOYER_SCOPE: 'deploy',
  ALLOWED_USER_PATTERN: 'user-[0-9]+',
});
const claims: JobClaim[] = [];
for (let number = 0; number < JOBS; number += 1) {
  const { id } = await store.submit(newSyntheticJob(number));
  const answer = await JobClaim.acquire(redis, keys, { id, worker: 'bench', read: (each) => store.get(each) });
  if ('claim' in answer) claims.push(answer.claim);
}

const received = { snapshots: 0, lines: 0, ended: 0 };
function open(number: number, authorization: string): Promise<IncomingMessage> {
  // Every other stream is of all jobs.
  const id = claims[number % JOBS]?.job.submission.id ?? '';
  const path = number % 2 === 0 ? `/api/jobs/${id}/events` : '/api/events';
  return new Promise((resolve, reject) => {
    get(`${api.url}${path}`, { agent: false, headers: { authorization } }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        received.snapshots += text.split('event: snapshot').length - 1;
        received.lines += text.split('event: log').length - 1;
      });
      response.once('close', () => (received.ended += 1));
      response.once('error', () => undefined);
      resolve(response);
    }).once('error', reject);
  });
}

const report = (when: string): void => {
  console.log(`${when.padEnd(36)}${memoryOf(api.pid).resident.toFixed(0)} MB resident`);
};
report('no streams');
for (let number = 0; number < STREAMS; number += STREAMS_PER_USER) {
  const token = tokens.addToken({ uid: `user-${number}`, scope: ['uid', 'deploy'] });
  const range = Array.from({ length: STREAMS_PER_USER }, (_, index) => number + index);
  await Promise.all(range.map((each) => open(each, `Bearer ${token}`)));
}
await until('all snapshots', () => Promise.resolve(received.snapshots >= STREAMS));
await sleep(5_000);
report(`${STREAMS} streams, idle`);
const startedAt = performance.now();
const wanted = (JOBS * LINES_PER_JOB * STREAMS) / 2 / JOBS;
const text = 'x'.repeat(100);
const lines = Array.from({ length: BATCH }, () => ({ source: 'stdout' as const, step: 'create', text }));
for (let written = 0; written < LINES_PER_JOB; written += BATCH) {
  await Promise.all(claims.map((claim) => claim.log(lines)));
  report(`${written + BATCH} lines per job`);
}
await until('all lines', () => Promise.resolve(received.lines >= wanted));
console.log(`${received.lines} lines delivered in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
report('all lines delivered');
await sleep(20_000);
report('20 s later');
console.log(`streams that ended early: ${received.ended}`);
process.exitCode = received.ended;
for (const claim of claims) claim.stop();
await api.stop();
await closeRedis(redis);
await Promise.all([valkey.stop(), tokens.stop()]);
process.exit();
