import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** Waits until a condition holds; fails after the given number of milliseconds. */
export async function eventually<T>(read: () => T | undefined | false, withinMs = 10_000): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > until) throw new Error(`Not within ${withinMs} ms: ${read.toString()}`);
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
