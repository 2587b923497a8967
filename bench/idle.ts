/**
 * Memory of an idle API and an idle worker, with metrics that are scraped, and how long each takes to become ready:
 * `node dist/bench/idle.js [DIRECTORY...]`.
 * A directory is a checkout of Lizzy that has been built; the default is this one. Several are measured in turn, so that they
 * can be compared although the speed of the machine varies.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { basename, delimiter, join, resolve } from 'node:path';
import {
  Child,
  freePort,
  inProject,
  startAwsEmulator,
  startTokenServer,
  startValkey,
} from '../local/services/index.js';
import { childrenOf, memoryOf } from './memory.js';
import { percentile } from './percentile.js';

const RUNS = 5;
const IDLE_MILLISECONDS = 15_000;
/** How often the metrics are read in that time. */
const SCRAPES = 3;
const START_LIMIT_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 5;

type Measured = Map<string, number[]>;

const checkouts = process.argv.length > 2 ? process.argv.slice(2) : [inProject()];
const results = new Map(checkouts.map((directory) => [resolve(directory), new Map<string, number[]>()]));
const [valkey, aws, tokens] = await Promise.all([
  startValkey(),
  startAwsEmulator(),
  startTokenServer({ clients: { bench: 'bench' } }),
]);
try {
  for (let run = 1; run <= RUNS; run += 1) {
    for (const [directory, measured] of results) await measure(directory, measured);
  }
  for (const [directory, measured] of results) report(directory, measured);
} finally {
  await Promise.all([valkey.stop(), aws.stop(), tokens.stop()]);
}
process.exit();

/** Starts a worker, then an API, leaves both idle, and stops them. (Versions before November 2026 are ready only with a worker.) */
async function measure(directory: string, measured: Measured): Promise<void> {
  const note = (figure: string, value: number): void => {
    measured.set(figure, [...(measured.get(figure) ?? []), value]);
  };
  const noteMemory = (name: string, pid: number): void => {
    const { resident, proportional, own } = memoryOf(pid);
    note(`${name}: resident, MB`, resident);
    note(`${name}: proportional share, MB`, proportional);
    note(`${name}: own, MB`, own);
  };
  const shared = { REDIS_URL: valkey.url, REGION: 'eu-west-1' };
  const [port, apiMetrics, workerMetrics] = [await freePort(), await freePort(), await freePort()];
  const access = { TOKENINFO_URL: tokens.tokeninfoUrl, DEPLOYER_SCOPE: 'bench', ALLOWED_USERS: 'bench' };
  let startedAt = performance.now();
  const worker = await start(directory, 'worker', {
    ...shared,
    ...aws.env,
    METRICS_PORT: String(workerMetrics),
  });
  // Logged after the first heartbeat.
  await worker.waitForLine(/worker is ready/i, START_LIMIT_MILLISECONDS);
  note('worker: time to ready, ms', performance.now() - startedAt);
  startedAt = performance.now();
  const api = await start(directory, 'api', {
    ...shared,
    ...access,
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(apiMetrics),
  });
  await ready(api, `http://127.0.0.1:${port}/health/ready`);
  note('API: time to ready, ms', performance.now() - startedAt);
  for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
    await sleep(IDLE_MILLISECONDS / SCRAPES);
    for (const each of [apiMetrics, workerMetrics]) await (await fetch(`http://127.0.0.1:${each}/metrics`)).text();
  }
  noteMemory('API', api.pid);
  noteMemory('worker', worker.pid);
  for (const [index, pid] of childrenOf(worker.pid).entries()) noteMemory(`worker's child ${index + 1}`, pid);
  await Promise.all([api.stop(), worker.stop()]);
}

async function start(directory: string, app: string, env: Readonly<Record<string, string>>): Promise<Child> {
  const path = [inProject('.venv', 'bin'), process.env['PATH']].join(delimiter);
  const args = [join(directory, 'dist', 'apps', app, 'main.js')];
  return await Child.start({ name: app, command: process.execPath, args, env: { PATH: path, ...env } });
}

async function ready(api: Child, url: string): Promise<void> {
  for (const end = performance.now() + START_LIMIT_MILLISECONDS; api.isRunning && performance.now() < end;) {
    const isReady = await fetch(url).then(
      async (response) => (await response.arrayBuffer(), response.ok),
      () => false,
    );
    if (isReady) return;
    await sleep(POLL_MILLISECONDS);
  }
  throw new Error(`${url} has not answered:\n${api.tail}`);
}

function report(directory: string, measured: Measured): void {
  console.log(`\n${basename(directory)}: median of ${RUNS} starts (lowest to highest), Node ${process.versions.node}`);
  for (const [figure, values] of measured) {
    const [low, middle, high] = [0, 0.5, 1].map((share) => percentile(values, share).toFixed(0));
    console.log(`${figure.padEnd(40)}${middle} (${low} to ${high})`);
  }
}
