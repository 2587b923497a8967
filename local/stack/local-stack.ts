import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, type Child, inProject, isFree, isPortTaken, isRunning } from '../services/index.js';
import { Lizzy, SCOPE } from './lizzy.js';

/** Long enough to see a stack being created, short enough not to wait. */
const STACK_SECONDS = 4;
const PREFERRED_PORT = 8080;
const USER = 'developer';

export interface LocalStack {
  readonly url: string;
  readonly token: string;
  readonly awsUrl: string;
  /** The directory of the parts' logs. */
  readonly logs: string;
  /** Stops all parts, the ones that use others first. */
  stop(): Promise<void>;
}

export interface LocalStackOptions {
  /** Receives one line for each part that starts, and for a part that ends unexpectedly. */
  readonly report: (line: string) => void;
  /** The port of the API; null: 8080, or a free port when 8080 is taken. */
  readonly port: number | null;
}

/** Number of earlier local stacks whose logs are kept. */
const KEPT_LOGS = 5;

/**
 * Starts every part of Lizzy: Valkey, the AWS emulator, the token server, the API and one worker. When one does not
 * start, the others are stopped.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { report } = options;
  const logs = makeLogDirectory();
  const log = (part: string): { logFile: string } => ({ logFile: `${logs}/${part}.log` });
  const lizzy = await Lizzy.start({
    valkey: log('valkey'),
    aws: { stackSeconds: STACK_SECONDS, ...log('aws-emulator') },
    user: USER,
  });
  try {
    const { valkey, aws, tokens, token } = lizzy;
    report(`Valkey           ${valkey.url}`);
    report(`AWS emulator     ${aws.url}`);
    report(`OAuth2 server    ${tokens.url} (client ${USER}, secret ${USER}, scope ${SCOPE})`);
    const api = await addApi(lizzy, options, log('api'));
    report(`API              ${api.url} (console: ${api.url}/api/ui/)`);
    const worker = await lizzy.addWorker({}, log('worker'));
    report(`Worker           process ${worker.pid}`);
    for (const { child } of [valkey, aws, api, worker]) reportUnexpectedEnd(child, report);
    return { url: api.url, token, awsUrl: aws.url, logs, stop: () => lizzy.stop() };
  } catch (error) {
    await lizzy.stop();
    throw error;
  }
}

/** @throws Error when the wanted port is taken */
async function addApi(
  lizzy: Lizzy,
  { port, report }: LocalStackOptions,
  log: { readonly logFile: string },
): Promise<Api> {
  // The developer is an administrator, too: the audit trail can be tried.
  const env = { ADMIN_SCOPE: SCOPE };
  const wanted = port ?? PREFERRED_PORT;
  try {
    if (await isFree(wanted)) return await lizzy.addApi({ ...env, PORT: String(wanted) }, log);
  } catch (error) {
    // Another process has taken it in between: a second local stack that starts at the same time, for example.
    if (!isPortTaken(error)) throw error;
  }
  if (port !== null) throw new Error(`Port ${port} is already in use. Choose another one with --port.`);
  report(`Port ${PREFERRED_PORT} is already in use; the API gets another port.`);
  return await lizzy.addApi(env, log);
}

/** A directory of its own for each local stack, so that two of them do not mix their logs. */
function makeLogDirectory(): string {
  const parent = inProject('.local', 'logs');
  mkdirSync(parent, { recursive: true });
  const ended = readdirSync(parent).filter((name) => !isRunning(Number(name.split('-').at(-1))));
  for (const old of ended.sort().slice(0, -KEPT_LOGS)) rmSync(join(parent, old), { recursive: true, force: true });
  const logs = join(parent, `${new Date().toISOString().replaceAll(':', '-')}-${process.pid}`);
  mkdirSync(logs);
  return logs;
}

function reportUnexpectedEnd(
  child: Pick<Child, 'name' | 'exited' | 'isStopping'>,
  report: LocalStackOptions['report'],
): void {
  void child.exited.then(({ code, signal }) => {
    if (!child.isStopping) report(`The ${child.name} ended unexpectedly (${signal ?? `exit code ${String(code)}`}).`);
  });
}
