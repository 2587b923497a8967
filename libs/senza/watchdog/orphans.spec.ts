import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isRunning } from '../../../local/services/is-running.js';
import { type FakeSenza, makeFakeSenza } from '../fake-senza.fixture.js';
import { type FakeWorker, startFakeWorker } from '../fake-worker.fixture.js';
import { sweepOrphans } from './orphans.js';
import { untilExited } from '../processes.fixture.js';

const IGNORE = 'process.on("SIGTERM", () => 0); setInterval(() => 0, 1000);';
const HUNG = `writePid(); startGrandchild(${JSON.stringify(IGNORE)}); ${IGNORE}`;

let fake: FakeSenza;
let temporary: string;
const workers: FakeWorker[] = [];

beforeEach(async () => {
  fake = await makeFakeSenza(HUNG);
  temporary = await mkdtemp(join(tmpdir(), 'lizzy-orphans-'));
});
afterEach(async () => {
  for (const { worker, pids } of workers.splice(0)) {
    if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL');
    for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL');
  }
  await fake.remove();
  await rm(temporary, { recursive: true });
});

/** A worker with a running Senza, and with the directory of its commands. */
async function startWorker(parent = temporary): Promise<FakeWorker & { directory: string }> {
  const worker = await startFakeWorker(fake, { leaseMs: 60_000, temporary: parent });
  workers.push(worker);
  const [name = ''] = await readdir(parent);
  return { ...worker, directory: join(parent, name) };
}

/** Freezes a worker, kills its watchdog, then the worker: no process is left to end its Senza. */
async function killWithWatchdog({ worker, pids }: FakeWorker): Promise<void> {
  worker.kill('SIGSTOP');
  process.kill(Number(pids[2]), 'SIGKILL');
  worker.kill('SIGKILL');
  await once(worker, 'exit');
}

describe('sweeping what dead workers left', () => {
  it('ends the Senza of a worker that was killed with its watchdog, and removes its files', async () => {
    const worker = await startWorker();
    await killWithWatchdog(worker);
    expect(worker.pids.slice(0, 2).every(isRunning)).toBe(true);

    expect(await sweepOrphans(temporary)).toEqual([worker.directory]);
    await untilExited(worker.pids);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('does so wherever the directory is seen, and however long its path is', async () => {
    const parent = join(temporary, 'x'.repeat(200));
    await mkdir(parent);
    const worker = await startWorker(parent);
    await killWithWatchdog(worker);
    const seen = join(temporary, 'y'.repeat(200));
    await rename(parent, seen);

    expect(await sweepOrphans(seen)).toHaveLength(1);
    await untilExited(worker.pids);
  });

  it('does not remove files of a live worker, also of a frozen one without its watchdog', async () => {
    const { worker, pids, directory } = await startWorker();
    expect(await sweepOrphans(temporary)).toEqual([]);
    worker.kill('SIGSTOP');
    process.kill(Number(pids[2]), 'SIGKILL');

    // More often than a frozen one's queue of connections is long.
    for (let i = 0; i < 600; i++) expect(await sweepOrphans(temporary)).toEqual([]);
    expect(pids.slice(0, 2).every(isRunning)).toBe(true);
    expect(existsSync(directory)).toBe(true);
  });

  it('follows no symbolic link and touches no directory that is open to others', async () => {
    const worker = await startWorker();
    await killWithWatchdog(worker);
    const moved = join(temporary, 'elsewhere');
    await rename(worker.directory, moved);
    await symlink(moved, worker.directory);
    expect(await sweepOrphans(temporary)).toEqual([]);

    await rm(worker.directory);
    await rename(moved, worker.directory);
    await chmod(worker.directory, 0o777);
    expect(await sweepOrphans(temporary)).toEqual([]);
    expect(worker.pids.slice(0, 2).every(isRunning)).toBe(true);

    await chmod(worker.directory, 0o700);
    expect(await sweepOrphans(temporary)).toEqual([worker.directory]);
  });

  it('does not remove files without a liveness socket: their worker may be about to create it', async () => {
    const directory = join(temporary, 'lizzy-senza-new');
    await mkdir(directory, { mode: 0o700 });
    await writeFile(join(temporary, 'lizzy-senza-file'), '');
    expect(await sweepOrphans(temporary)).toEqual([]);
    expect(await readdir(temporary)).toHaveLength(2);
  });

  it('does nothing where there is no such directory', async () => {
    expect(await sweepOrphans(join(temporary, 'none'))).toEqual([]);
  });
});
