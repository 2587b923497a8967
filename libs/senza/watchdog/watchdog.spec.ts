import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type FakeSenza, makeFakeSenza } from '../fake-senza.fixture.js';
import { type FakeWorker, startFakeWorker } from '../fake-worker.fixture.js';
import { isRunning } from '../../../local/services/is-running.js';
import { until } from '../../../local/services/until.js';
import { pidsIn, untilExited } from '../processes.fixture.js';
import { Watchdog } from './watchdog.js';
import { watchdogEntry } from './watchdog-entry.fixture.js';

const IGNORE = 'process.on("SIGTERM", () => 0); setInterval(() => 0, 1000);';
const HUNG = `writePid(); startGrandchild(${JSON.stringify(IGNORE)}); ${IGNORE}`;
const FAR_NS = 60_000_000_000n;

let fake: FakeSenza;
const started: ChildProcess[] = [];
const watchdogs: Watchdog[] = [];

beforeAll(async () => {
  fake = await makeFakeSenza(HUNG);
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      process.kill(-child.pid, 'SIGKILL');
  }
  await Promise.all(watchdogs.splice(0).map((watchdog) => watchdog.stop()));
  await fake.remove();
  fake = await makeFakeSenza(HUNG);
});
afterAll(async () => {
  await fake.remove();
});

/** Longer than processes need to start, and a worker to renew it, on a slow machine. */
const LEASE_MS = 5_000;

function startWatchdog(): Watchdog {
  const watchdog = new Watchdog(watchdogEntry);
  watchdogs.push(watchdog);
  watchdog.start();
  return watchdog;
}

async function startGroup(env = process.env): Promise<{ pgid: number; pids: number[] }> {
  const child = spawn(fake.command, { detached: true, stdio: 'ignore', env });
  started.push(child);
  return { pgid: child.pid ?? 0, pids: await pidsIn(fake.pidFile, 2) };
}

async function startWorker(leaseMs: number, renewMs?: number): Promise<FakeWorker> {
  const fakeWorker = await startFakeWorker(fake, renewMs === undefined ? { leaseMs } : { leaseMs, renewMs });
  started.push(fakeWorker.worker);
  return fakeWorker;
}

const now = (): bigint => process.hrtime.bigint();

describe('the watchdog of a worker', () => {
  it('kills Senza and what it has started when the worker alone is killed, and ends', async () => {
    const { worker, pids } = await startWorker(60_000);
    worker.kill('SIGKILL');
    await untilExited(pids);
  });

  it('does so when the whole group of the worker is killed', async () => {
    const { worker, pids } = await startWorker(60_000);
    process.kill(-Number(worker.pid), 'SIGKILL');
    await untilExited(pids);
  });

  it.each([
    ['', undefined],
    [', also when its lease is renewed first', 100],
  ])(
    'kills Senza when its worker is frozen longer than its lease, and the worker learns it when it wakes up%s',
    async (_also, renewMs) => {
      const { worker, lines, pids } = await startWorker(LEASE_MS, renewMs);
      process.kill(-Number(worker.pid), 'SIGSTOP');
      await untilExited(pids.slice(0, 2));
      process.kill(-Number(worker.pid), 'SIGCONT');
      await until('the loss of the lease', () => lines.includes('lease_lost'));
    },
  );

  it('lets Senza run while the lease is renewed', async () => {
    const { worker, pids } = await startWorker(LEASE_MS, 100);
    const beyond = now() + BigInt(LEASE_MS + 1_000) * 1_000_000n;
    await until('a time beyond the lease', () => now() > beyond);
    expect(pids.every(isRunning)).toBe(true);
    worker.kill('SIGKILL');
    await untilExited(pids);
  });

  it('kills a group immediately that is registered too late', async () => {
    const watchdog = startWatchdog();
    const { pgid, pids } = await startGroup();
    watchdog.guard(pgid, now() - 1n);
    await untilExited(pids);
  });

  it('removes the directory, with the parameters, of what it has killed', async () => {
    const watchdog = startWatchdog();
    const directory = await mkdtemp(join(tmpdir(), 'lizzy senza '));
    await writeFile(join(directory, 'parameters.yaml'), 'a: b');
    const { pgid } = await startGroup();
    watchdog.guard(pgid, now(), directory);
    await until('the directory to be removed', () => !existsSync(directory));
  });

  it('leaves neither the process nor the files of a worker that was killed just before it registered them', async () => {
    const watchdog = startWatchdog();
    const home = join(watchdog.directory, 'run-1');
    await mkdir(home, { recursive: true });
    const { pids } = await startGroup({ ...process.env, HOME: home });
    await watchdog.stop();
    await untilExited(pids);
    expect(existsSync(watchdog.directory)).toBe(false);
  });

  it('removes a group that is released', async () => {
    const watchdog = startWatchdog();
    const { pgid, pids } = await startGroup();
    watchdog.guard(pgid, now() + FAR_NS);
    watchdog.release(pgid);
    await watchdog.stop();
    expect(pids.every(isRunning)).toBe(true);
  });

  it('is replaced when it dies, and the next one guards the same groups', async () => {
    const watchdog = startWatchdog();
    const { pgid, pids } = await startGroup();
    watchdog.guard(pgid, now() + FAR_NS);
    const first = Number(watchdog.pid);
    process.kill(first, 'SIGKILL');
    await until('another watchdog', () => watchdog.pid !== undefined && watchdog.pid !== first);
    await watchdog.stop();
    await untilExited(pids);
  });

  it('is not disarmed by a signal to all processes', async () => {
    const watchdog = startWatchdog();
    const { pgid, pids } = await startGroup();
    watchdog.guard(pgid, now() + FAR_NS);
    // Its first kill shows that it has come up and handles signals.
    const other = spawn(process.execPath, ['-e', IGNORE], { detached: true, stdio: 'ignore' });
    watchdog.guard(other.pid ?? 0, now());
    await once(other, 'exit');
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(Number(watchdog.pid), signal);
    watchdog.extend(pgid, now());
    await untilExited(pids);
  });
});
