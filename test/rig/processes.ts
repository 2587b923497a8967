import { readdir, readFile } from 'node:fs/promises';

/** The processes whose HOME lies in this folder: a Senza's home is its own directory, where its worker keeps its files. */
export async function processesAtHomeIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await homeOf(pid))?.startsWith(folder) ? [pid] : [])));
  return found.flat();
}

async function homeOf(pid: number): Promise<string | undefined> {
  // A process may be gone meanwhile, or be somebody else's.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment
    .split('\0')
    .find((entry) => entry.startsWith('HOME='))
    ?.slice('HOME='.length);
}
