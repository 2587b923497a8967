import { Child, type Exit } from './child.js';
import { onFreePort } from './free-port.js';
import { inProject } from './project.js';
import { until } from './until.js';

const ANSWER_MILLISECONDS = 2_000;

export interface PartOptions {
  readonly logFile?: string;
}

export interface Api {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly child: Child;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  kill(): Promise<Exit>;
}

/**
 * Starts a real API process with this environment and waits until it answers /health/live. Without `PORT` in it a free
 * port is taken.
 */
export async function startApi(env: Readonly<Record<string, string>>, options: PartOptions = {}): Promise<Api> {
  const start = async (port: number): Promise<Api> => await startOn(port, env, options);
  const given = Number(env['PORT'] ?? 0);
  return given === 0 ? await onFreePort(start) : await start(given);
}

async function startOn(port: number, env: Readonly<Record<string, string>>, options: PartOptions): Promise<Api> {
  const child = await Child.start({
    name: 'api',
    command: process.execPath,
    args: [inProject('dist', 'apps', 'api', 'main.js')],
    env: { HOST: '127.0.0.1', ...env, PORT: String(port) },
    logFile: options.logFile,
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = until('the API to answer', async () => {
    if (!child.isRunning) return true;
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(ANSWER_MILLISECONDS) });
    await response.arrayBuffer();
    return response.ok;
  });
  await child.readyWhen(answers);
  if (!child.isRunning) throw new Error(`the API ended at its start:\n${child.tail}`);
  return { url, port, pid: child.pid, child, stop: (signal) => child.stop(signal), kill: () => child.kill() };
}
