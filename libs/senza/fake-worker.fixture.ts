import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { compiledLibrary } from '../../test/support/compiled-library.js';
import { type FakeSenza } from './fake-senza.fixture.js';
import { until } from '../../local/services/until.js';
import { pidsIn } from './processes.fixture.js';

// Runs one command under a lease of the given number of milliseconds, and renews it the given number of times.
const PROGRAM = `
  import { ExecutableLauncher, Senza, Watchdog } from './index.js';
  import { senzaVersion } from './commands/version.js';
  const [command, leaseMs, renewMs] = process.argv.slice(1);
  const later = () => process.hrtime.bigint() + BigInt(leaseMs) * 1000000n;
  const lease = { deadlineNs: later(), onRenewed: (listener) => { lease.renewed = listener; return () => undefined; } };
  if (renewMs) setInterval(() => { lease.deadlineNs = later(); lease.renewed?.(); }, Number(renewMs));
  const watchdog = new Watchdog();
  watchdog.start();
  console.log(watchdog.pid);
  const senza = new Senza({ launcher: new ExecutableLauncher(command), timeoutMs: 60000, environment: process.env, watchdog });
  senza.run(senzaVersion, {}, { lease, signal: new AbortController().signal }).catch((error) => console.log(error.code));`;

/** A worker in a group of its own that runs a fake Senza. */
export interface FakeWorker {
  readonly worker: ChildProcess;
  /** What it has written: the process id of its watchdog, then the code of the command's failure. */
  readonly lines: readonly string[];
  /** Of its Senza, of what that has started, and of the watchdog. */
  readonly pids: readonly number[];
}

/** Starts one; its Senza, which writes two process ids, runs when this returns. */
export async function startFakeWorker(
  fake: FakeSenza,
  { leaseMs, renewMs, temporary }: { leaseMs: number; renewMs?: number; temporary?: string },
): Promise<FakeWorker> {
  const lease = [String(leaseMs), ...(renewMs === undefined ? [] : [String(renewMs)])];
  const worker = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, fake.command, ...lease], {
    cwd: compiledLibrary('senza'),
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...(temporary === undefined ? {} : { TMPDIR: temporary }) },
  });
  const lines: string[] = [];
  createInterface({ input: worker.stdout }).on('line', (line) => lines.push(line));
  try {
    const pids = await pidsIn(fake.pidFile, 2);
    return { worker, lines, pids: [...pids, Number(await until('a line of the fake worker', () => lines[0]))] };
  } catch (error) {
    worker.kill('SIGKILL'); // Otherwise its output would keep the tests from ending.
    throw error;
  }
}
