import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isOrphaned } from './liveness-socket.js';
import { removeWorkerDirectory, WORKER_DIRECTORY_PREFIX } from './worker-directory.js';

/**
 * Kills the commands that dead workers have left running, and removes their directories. This is needed when the watchdog was killed with
 * the worker, or the machine crashed. Does not touch anything that may belong to a live worker or another user.
 *
 * @param parent where workers make their directories
 * @returns the directories that were removed
 */
export async function sweepOrphans(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  const swept: string[] = [];
  for (const name of names.filter((each) => each.startsWith(WORKER_DIRECTORY_PREFIX))) {
    const directory = join(parent, name);
    if (!(await isOrphaned(directory))) continue;
    await killProcessesByHome(directory);
    const removed = await removeWorkerDirectory(directory).then(
      () => true,
      () => false, // Another worker was faster, or a process still writes into it: the next time, then.
    );
    if (removed) swept.push(directory);
  }
  return swept;
}

/**
 * Kills every process whose HOME lies in this directory, by whatever path its parent is known, and its group: the
 * directory's name is unique. On Linux; elsewhere, without a /proc, nothing is found.
 */
export async function killProcessesByHome(directory: string): Promise<void> {
  const part = `/${basename(directory)}/`;
  const entries = await readdir('/proc').catch(() => []);
  for (const pid of entries.filter((name) => /^\d+$/.test(name)).map(Number)) {
    // It may be gone, or belong to another user.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').some((entry) => entry.startsWith('HOME=') && entry.includes(part))) continue;
    kill(-pid);
    kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // There is no such group, or the process has exited.
  }
}
