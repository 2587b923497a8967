import { readdir, readFile } from 'node:fs/promises';

/**
 * Kills every process whose HOME lies in this directory, and its group. On Linux; elsewhere, without a /proc, nothing is
 * found.
 */
export async function killProcessesAtHomeIn(directory: string): Promise<void> {
  const entries = await readdir('/proc').catch(() => []);
  for (const pid of entries.filter((name) => /^\d+$/.test(name)).map(Number)) {
    // It may be gone meanwhile, or be somebody else's.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').some((entry) => entry.startsWith(`HOME=${directory}/`))) continue;
    kill(-pid);
    kill(pid);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // There is no such group, or the process has ended by itself.
  }
}
