/**
 * Follows the log of a job live, through two APIs, with connections that are cut at random, and compares it with what was
 * written: `LINES=100000 node dist/bench/follow-log.js`. `test/api/events.spec.ts` does the same with 3,000 lines.
 */
import { createHash } from 'node:crypto';
import { JobClaim, JobStore, jobKeys } from '#jobs';
import { serverSentEvents } from '#client';
import { closeRedis, connectRedis } from '#redis';
import { startApi, startTokenServer, startValkey } from '../local/services/index.js';
import { newSyntheticJob } from './synthetic-jobs.js';

const LINES = Number(process.env['LINES'] ?? 100_000);
const BATCH = 100;
/** After how many events a connection is cut, at most. */
const CUT_AFTER = 4_000;
/** The last line of the log, for which the stream has the event `end`. */
const OUTCOME = 'Job succeeded\n';

const [valkey, tokens] = await Promise.all([startValkey(), startTokenServer()]);
const keys = jobKeys('lizzy');
const redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'bench', onError: () => undefined });
const store = new JobStore(redis, keys);
const environment = {
  REDIS_URL: valkey.url,
  TOKENINFO_URL: tokens.tokeninfoUrl,
  DEPLOYER_SCOPE: 'deploy',
  ALLOWED_USERS: 'robot',
};
const apis = await Promise.all([startApi(environment), startApi(environment)]);
const token = tokens.addToken({ uid: 'robot', scope: ['uid', 'deploy'] });
const { id } = await store.submit(newSyntheticJob(1));
const answer = await JobClaim.acquire(redis, keys, { id, worker: 'bench', read: (each) => store.get(each) });
if (!('claim' in answer)) throw new Error('the job was not claimed');
const { claim } = answer;

async function write(): Promise<string> {
  const digest = createHash('sha256');
  for (let start = 0; start < LINES; start += BATCH) {
    const texts = Array.from(
      { length: BATCH },
      (_, index) => `line ${start + index} ${'x'.repeat((start + index) % 120)}`,
    );
    for (const text of texts) digest.update(`${text}\n`);
    await claim.log(texts.map((text) => ({ source: 'stdout' as const, step: 'create', text })));
  }
  const finished_at = new Date().toISOString();
  await claim.finish({ ...claim.job.progress, status: 'succeeded', waiting_for: null, finished_at });
  digest.update(OUTCOME);
  return digest.digest('hex');
}

const writing = write();
const digest = createHash('sha256');
let [last, lines, cuts, repeated, missing, isOver] = [0, 0, 0, 0, 0, false];
while (!isOver) {
  const cut = new AbortController();
  const api = apis[cuts % apis.length];
  const headers = { authorization: `Bearer ${token}`, ...(last === 0 ? {} : { 'last-event-id': String(last) }) };
  let left = 1 + Math.floor(Math.random() * CUT_AFTER);
  try {
    const response = await fetch(`${api?.url ?? ''}/api/jobs/${id}/events`, { headers, signal: cut.signal });
    for await (const event of serverSentEvents(response)) {
      if (event.id === undefined) continue;
      const number = Number(event.id);
      if (number <= last) repeated += 1;
      if (number > last + 1) missing += 1;
      last = number;
      if (event.event === 'log') {
        lines += 1;
        digest.update(`${String(event.data['text'])}\n`);
      }
      isOver = event.event === 'end';
      if (isOver) digest.update(OUTCOME);
      left -= 1;
      if (left === 0) cut.abort();
    }
  } catch (error) {
    if (!cut.signal.aborted) throw error;
  }
  cuts += 1;
}
const written = await writing;
const isEqual = digest.digest('hex') === written && (await store.get(id))?.log?.sha256 === written;
console.log(
  `${lines} lines over ${cuts} connections: ${repeated} repeated, ${missing} missing, ${isEqual ? 'equal' : 'NOT EQUAL'}`,
);
process.exitCode = isEqual ? 0 : 1;
await Promise.all(apis.map((api) => api.stop()));
await closeRedis(redis);
await Promise.all([valkey.stop(), tokens.stop()]);
process.exit();
