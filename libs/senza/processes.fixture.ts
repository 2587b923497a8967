import { existsSync, readFileSync } from 'node:fs';
import { until } from '../../local/services/until.js';

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

/** Waits until none of these processes runs. */
export async function untilExited(pids: readonly number[]): Promise<void> {
  await until(`the end of the processes ${pids.join(', ')}`, () => !pids.some(isRunning));
}

/** The process ids that a fake Senza has written, once they are all there. */
export function pidsIn(file: string, count: number): Promise<number[]> {
  return until(`${count} process ids in ${file}`, () => {
    const pids = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1).map(Number) : [];
    return pids.length >= count && pids;
  });
}
