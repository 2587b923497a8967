import { existsSync, readFileSync } from 'node:fs';

/**
 * Whether a process runs; one that is dead and not yet reaped does not.
 * @param pid its ID; that of a process group, negated, for any process of it
 */
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
