import { Child, type Exit } from './child.js';
import { onFreePort } from './free-port.js';
import { programArguments } from './program.js';

/** The API's line once it serves requests. A response would prove nothing: another API can have the port. */
const READY = /\bAPI is listening\b/;

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
 * Starts a real API process with this environment and waits until it serves requests. Without `PORT` in it a free port is
 * taken.
 * @throws Error with its output when it ends before; see `isPortTaken`
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
    args: programArguments('api'),
    env: { HOST: '127.0.0.1', ...env, PORT: String(port) },
    logFile: options.logFile,
  });
  await child.readyWhen(child.waitForLine(READY));
  const url = `http://127.0.0.1:${port}`;
  return { url, port, pid: child.pid, child, stop: (signal) => child.stop(signal), kill: () => child.kill() };
}
