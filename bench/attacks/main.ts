/**
 * Attacks a Lizzy and measures the requests and jobs of another user meanwhile: `node dist/bench/attacks/main.js [WORDS...]`
 * runs the attacks whose names contain one of the words, or all.
 */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LizzyClient } from '#client';
import { loadavg } from 'node:os';
import { z } from 'zod';
import { freePort, NO_LAG } from '../../local/services/index.js';
import { Lizzy, SCOPE } from '../../local/stack/lizzy.js';
import { memoryOf } from '../memory.js';
import { processorTime } from '../processor-time.js';
import { ATTACKS } from './attacks.js';
import { BROKEN_TOKENS, type Target } from './attack.js';
import { GoodUser, type Times, type Work } from './good-user.js';

const SECONDS = 10;
const MEMORY_INTERVAL_MS = 200;
const RECOVERY_MS = 3_000;

const words = process.argv.slice(2);
const attacks = ATTACKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const metricsPort = await freePort();
const lizzy = await Lizzy.start({ aws: { settings: NO_LAG } });
try {
  // They would reject most of each attack.
  const unlimited = { RATE_LIMIT_PER_MINUTE: '0' };
  const api = await lizzy.addApi({ ...unlimited, ALLOWED_USERS: 'robot,mallory', METRICS_PORT: String(metricsPort) });
  const worker = await lizzy.addWorker();
  const mallory = lizzy.tokens.addToken({ uid: 'mallory', scope: [SCOPE] });
  const target: Target = { url: api.url, port: api.port, token: mallory };
  const client = (token: string): LizzyClient => new LizzyClient({ url: api.url, token });
  const user = new GoodUser(client(lizzy.token), () => client(lizzy.newToken()));
  await measure('(warming up)', () => user.work(AbortSignal.timeout(5_000)));
  await measure('no attack', () => user.work(AbortSignal.timeout(SECONDS * 1000)));
  for (const { name, tokenService } of attacks) {
    for (const token of BROKEN_TOKENS) lizzy.tokens.setFault(tokenService, token);
    let statuses = new Map<number, number>();
    await measure(name, async () => {
      const attacker = new Worker(new URL('attacker.js', import.meta.url), { workerData: { name, target } });
      attacker.once('message', (message) => {
        statuses = z.map(z.number(), z.number()).parse(message);
      });
      const work = await user.work(AbortSignal.timeout(SECONDS * 1000));
      attacker.postMessage('stop');
      await once(attacker, 'exit');
      return work;
    });
    const counts = [...statuses].toSorted().map(([status, count]) => `${count} times ${status}`);
    if (counts.length > 0) console.log(`    responses to the attacker: ${counts.join(', ')}`);
    await cancelJobs(client(mallory));
    await sleep(RECOVERY_MS);
  }

  async function measure(name: string, work: () => Promise<Work>): Promise<void> {
    const most = { api: 0, worker: 0 };
    const timer = setInterval(() => {
      most.api = Math.max(most.api, memoryOf(api.pid).resident);
      most.worker = Math.max(most.worker, memoryOf(worker.pid).resident);
    }, MEMORY_INTERVAL_MS);
    await longestBlock();
    const [apiBefore, workerBefore] = [processorTime(api.pid), processorTime(worker.pid)];
    const { requests, firstRequests, jobs } = await work().finally(() => {
      clearInterval(timer);
    });
    console.log(
      [
        name,
        `requests: ${show(requests)}; with new tokens: ${show(firstRequests)}`,
        `jobs: ${show(jobs)}`,
        `API: ${most.api.toFixed(0)} MB, longest standstill ${(await longestBlock()).toFixed(0)} ms; ` +
          `worker: ${most.worker.toFixed(0)} MB; load average ${(loadavg()[0] ?? NaN).toFixed(1)}`,
        `processor time: API ${(processorTime(api.pid) - apiBefore).toFixed(0)} ms, worker ${(processorTime(worker.pid) - workerBefore).toFixed(0)} ms`,
      ].join('\n    '),
    );
  }

  /** The longest delay of the API's event loop since the last call, in milliseconds. */
  async function longestBlock(): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    return Number(/^nodejs_eventloop_lag_max_seconds\{[^}]*\} (\S+)/m.exec(text)?.[1]) * 1000;
  }
} finally {
  await lizzy.stop();
}
/** Cancels what the attacker has submitted, which would run during the next attack. */
async function cancelJobs(attacker: LizzyClient): Promise<void> {
  for (;;) {
    const { items } = await attacker.jobs({ requested_by: 'mallory', status: 'queued,running', limit: '200' });
    if (items.length === 0) return;
    await Promise.all(items.map(({ id }) => attacker.cancel(id).catch(() => undefined)));
  }
}

function show({ median, longest, count, failed }: Times): string {
  return `${count}, median ${median.toFixed(0)} ms, longest ${longest.toFixed(0)} ms, failed ${failed}`;
}
process.exit();
