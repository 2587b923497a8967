import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { WAIT_LIMIT_MILLISECONDS } from '../../local/services/until.js';

/** Waits until a condition holds; fails when that takes longer than on any machine. */
export async function eventually<T>(read: () => T | undefined | false): Promise<T> {
  const until = performance.now() + WAIT_LIMIT_MILLISECONDS;
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > until) throw new Error(`Not within ${WAIT_LIMIT_MILLISECONDS} ms: ${read.toString()}`);
    await wait(10);
  }
}

/** Whether a process runs; one that is dead and not yet reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/stat`;
  try {
    return !existsSync(status) || !/^\d+ \(.*\) Z/.test(readFileSync(status, 'utf8'));
  } catch {
    return false;
  }
}

/** The process ids that a fake Senza has written, once they are all there. */
export function pidsIn(file: string, count: number): Promise<number[]> {
  return eventually(() => {
    const pids = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1).map(Number) : [];
    return pids.length >= count && pids;
  });
}
