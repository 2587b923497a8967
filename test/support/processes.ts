import { type Worker } from '../../local/services/index.js';
import { readdir, readFile } from 'node:fs/promises';

/**
 * The Senza processes of some workers, without the templates of those that run.
 * @param folder the TMPDIR of the workers: a Senza's home is its own directory, where its worker keeps its files
 */
export async function processesOfSenza(folder: string, running: readonly Worker[]): Promise<number[]> {
  const templates = await Promise.all(running.map(({ pid }) => templateOf(pid)));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await homeOf(pid))?.startsWith(folder) ? [pid] : [])));
  return found.flat().filter((pid) => !templates.includes(pid));
}

/**
 * The files of Senza commands, and the directories of workers that have exited.
 * @param folder the TMPDIR of the workers
 * @param running how many of them run: each has a directory, and one of its template
 */
export async function filesOfSenza(folder: string, running: number): Promise<string[]> {
  const all = await readdir(folder, { recursive: true });
  // A worker's liveness socket is counted with its directory.
  const names = all.filter((name) => !/^valkey-|\/alive$|\/template-[^/]+\/socket$/.test(name));
  const ofWorkers = names.filter((name) => !name.includes('/'));
  const ofTemplates = names.filter((name) => /\/template-[^/]+$/.test(name));
  const ofCommands = names.filter((name) => name.includes('/') && !ofTemplates.includes(name));
  return [...ofCommands, ...ofTemplates.slice(running), ...ofWorkers.slice(running)];
}

/** The process id of a worker's Senza template; undefined when it has none. */
export async function templateOf(worker: number): Promise<number | undefined> {
  return await childOf(worker, 'main.py\0serve');
}

/** The launchers among some Senza processes: each waits for a command that the template has forked. */
export async function launchersOf(senzas: readonly number[]): Promise<number[]> {
  const commandLines = await Promise.all(senzas.map((pid) => read(pid, 'cmdline')));
  return senzas.filter((_, index) => commandLines[index]?.includes('launcher.py'));
}

/** The process id of a worker's watchdog. @throws when it has none */
export async function watchdogOf(worker: number): Promise<number> {
  const watchdog = await childOf(worker, 'watchdog-main');
  if (watchdog === undefined) throw new Error(`the worker ${worker} has no watchdog`);
  return watchdog;
}

/** What the machine shows of a process, see proc(5). */
export interface VisibleProcess {
  readonly pid: number;
  readonly environment: string;
  readonly commandLine: string;
}

/** The processes that a process has started, and those that they have started. One that exits meanwhile can be missing. */
export async function descendantsOf(parent: number): Promise<VisibleProcess[]> {
  const found = await Promise.all(
    (await childrenOf(parent)).map(async (pid) => {
      const [environment, commandLine] = await Promise.all(['environ', 'cmdline'].map((file) => read(pid, file)));
      return [{ pid, environment: environment ?? '', commandLine: commandLine ?? '' }, ...(await descendantsOf(pid))];
    }),
  );
  return found.flat();
}

async function childOf(parent: number, commandLinePart: string): Promise<number | undefined> {
  for (const pid of await childrenOf(parent)) {
    if ((await read(pid, 'cmdline')).includes(commandLinePart)) return pid;
  }
  return undefined;
}

/** Children belong to the thread that has started them: Node's main thread, and for commands the one that forks. */
async function childrenOf(parent: number): Promise<number[]> {
  const threads = await readdir(`/proc/${parent}/task`).catch(() => []);
  const found = await Promise.all(threads.map((thread) => read(parent, `task/${thread}/children`)));
  return found.flatMap((pids) => pids.split(' ').filter(Boolean).map(Number));
}

/** A file of a process; empty when the process has exited, or belongs to another user. */
async function read(pid: number, file: string): Promise<string> {
  return await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}

async function homeOf(pid: number): Promise<string | undefined> {
  return (await read(pid, 'environ'))
    .split('\0')
    .find((entry) => entry.startsWith('HOME='))
    ?.slice('HOME='.length);
}
