import { existsSync, readFileSync } from 'node:fs';
import { isRunning } from '../../local/services/is-running.js';
import { until } from '../../local/services/until.js';

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
