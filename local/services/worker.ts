import { delimiter } from 'node:path';
import type { PartOptions } from './api.js';
import { Child, type Exit } from './child.js';
import { programArguments } from './program.js';
import { inProject } from './project.js';

/** The worker's line once it claims jobs. */
const READY = /\bready\b/i;

export interface Worker {
  readonly pid: number;
  readonly child: Child;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  kill(): Promise<Exit>;
  /** kill -9 of the worker and of all in its process group. */
  killGroup(): Promise<Exit>;
}

/** Starts a real worker process, with the project's own Senza on its PATH, until it is ready. */
export async function startWorker(env: Readonly<Record<string, string>>, options: PartOptions = {}): Promise<Worker> {
  const child = await Child.start({
    name: 'worker',
    command: process.execPath,
    args: programArguments('worker'),
    env: { PATH: [inProject('.venv', 'bin'), process.env['PATH']].join(delimiter), ...env },
    logFile: options.logFile,
  });
  await child.readyWhen(child.waitForLine(READY));
  return {
    pid: child.pid,
    child,
    stop: (signal) => child.stop(signal),
    kill: () => child.kill(),
    killGroup: () => child.killGroup(),
  };
}
