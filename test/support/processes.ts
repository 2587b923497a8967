import { readdir, readFile } from 'node:fs/promises';

/** The processes whose HOME lies in this folder: a Senza's home is its own directory, where its worker keeps its files. */
export async function processesAtHomeIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await homeOf(pid))?.startsWith(folder) ? [pid] : [])));
  return found.flat();
}

/** The process id of a worker's Senza template; undefined when it has none. */
export async function templateOf(worker: number): Promise<number | undefined> {
  return await childOf(worker, 'main.py\0serve');
}

/** The process id of a worker's watchdog. @throws when it has none */
export async function watchdogOf(worker: number): Promise<number> {
  const watchdog = await childOf(worker, 'watchdog-main');
  if (watchdog === undefined) throw new Error(`the worker ${worker} has no watchdog`);
  return watchdog;
}

async function childOf(parent: number, commandLinePart: string): Promise<number | undefined> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '');
  for (const pid of children.trim().split(' ').map(Number)) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.includes(commandLinePart)) return pid;
  }
  return undefined;
}

async function homeOf(pid: number): Promise<string | undefined> {
  // The process may have exited meanwhile, or belong to another user.
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment
    .split('\0')
    .find((entry) => entry.startsWith('HOME='))
    ?.slice('HOME='.length);
}
