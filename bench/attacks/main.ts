/**
 * Attacks a Lizzy and measures the requests and jobs of another user meanwhile: `node dist/bench/attacks/main.js [WORDS...]`
 * runs the attacks whose names contain one of the words, or all.
 */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LizzyClient } from '#client';
import { NO_LAG } from '../../local/services/index.js';
import { Lizzy, SCOPE } from '../../local/stack/lizzy.js';
import { memoryOf } from '../memory.js';
import { ATTACKS } from './attacks.js';
import { type Target } from './attack.js';
import { GoodUser, type Times } from './good-user.js';

const SECONDS = 10;
const MEMORY_INTERVAL_MS = 200;
const RECOVERY_MS = 3_000;

const words = process.argv.slice(2);
const attacks = ATTACKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const lizzy = await Lizzy.start({ aws: { settings: NO_LAG } });
try {
  const api = await lizzy.addApi({ ALLOWED_USERS: 'robot,mallory' });
  const worker = await lizzy.addWorker();
  const mallory = lizzy.tokens.addToken({ uid: 'mallory', scope: [SCOPE] });
  const target: Target = { url: api.url, port: api.port, token: mallory };
  const user = new GoodUser(new LizzyClient({ url: api.url, token: lizzy.token }));
  await measure('(warming up)', () => user.work(AbortSignal.timeout(5_000)));
  await measure('no attack', () => user.work(AbortSignal.timeout(SECONDS * 1000)));
  for (const { name } of attacks) {
    await measure(name, async () => {
      const attacker = new Worker(new URL('attacker.js', import.meta.url), { workerData: { name, target } });
      const times = await user.work(AbortSignal.timeout(SECONDS * 1000));
      attacker.postMessage('stop');
      await once(attacker, 'exit');
      return times;
    });
    await sleep(RECOVERY_MS);
  }

  async function measure(name: string, work: () => Promise<Times>): Promise<void> {
    const most = { api: 0, worker: 0 };
    const timer = setInterval(() => {
      most.api = Math.max(most.api, memoryOf(api.pid).resident);
      most.worker = Math.max(most.worker, memoryOf(worker.pid).resident);
    }, MEMORY_INTERVAL_MS);
    const { request, job } = await work().finally(() => {
      clearInterval(timer);
    });
    const ms = (value: number): string => `${value.toFixed(0)} ms`;
    console.log(
      `${name}\n    requests: median ${ms(request.median)}, longest ${ms(request.longest)}, failed ${request.failed}` +
        `; jobs: median ${ms(job.median)}, longest ${ms(job.longest)} (${job.count})` +
        `; memory: API ${most.api.toFixed(0)} MB, worker ${most.worker.toFixed(0)} MB`,
    );
  }
} finally {
  await lizzy.stop();
}
process.exit();
