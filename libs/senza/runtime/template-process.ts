import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Socket } from 'node:net';
import { type Readable, type Writable } from 'node:stream';
import { z } from 'zod';
import { Pings } from './pings.js';
import { isProcessStopped } from './process-state.js';

/** How long a template may take to load Senza, on a busy machine, in milliseconds. */
const START_LIMIT_MS = 60_000;
const SOCKET = 'socket';
/** How long a template may take to end when it is stopped, in milliseconds. */
const STOP_LIMIT_MS = 5000;

const readySchema = z.object({
  event: z.literal('ready'),
  senza: z.string(),
  python: z.string(),
  repairs: z.record(z.string(), z.string()),
});
const eventSchema = z.discriminatedUnion('event', [
  readySchema,
  z.object({ event: z.literal('pong') }),
  z.object({ event: z.literal('outdated') }),
]);

/** What a template says of itself when it has loaded Senza. */
export type TemplateInfo = z.output<typeof readySchema>;

/** How a template is started. */
export interface TemplateOptions {
  readonly interpreter: string;
  /** Path of main.py. */
  readonly entryPath: string;
  readonly repairs: boolean;
  /** The worker's directory for its commands. */
  readonly parent: string;
  readonly path: string | undefined;
  /** Called with each line that it writes to its standard error. */
  readonly onLine: (line: string) => void;
}

/** Why a template starts no commands any more: it has ended, was frozen and killed, or its files have changed. */
export type UnusableReason = 'ended' | 'frozen' | 'outdated';

/**
 * A process that has Senza loaded and forks one process for each command (lizzy_runtime/template.py). Its home is a
 * directory of the worker, so that the watchdog and the orphan sweep find it, and what it has forked, like any command.
 */
export class TemplateProcess {
  /** The number of commands that were started through it. */
  commands = 0;

  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, Readable>,
    private readonly directory: string,
    readonly info: TemplateInfo,
    /** Resolves when it starts no commands any more. */
    readonly unusable: Promise<UnusableReason>,
  ) {}

  /** Starts one; resolves when it is ready. @throws Error when it ends before, or takes too long */
  static async start(options: TemplateOptions): Promise<TemplateProcess> {
    const directory = await mkdtemp(join(options.parent, 'template-'));
    const child = spawn(options.interpreter, templateArguments(options, directory), {
      // A signal to the worker's group must not end the commands before the worker has decided so.
      detached: true,
      cwd: directory,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: options.path ?? '', LC_ALL: 'C.UTF-8', HOME: directory, TMPDIR: directory },
    });
    unref(child);
    child.stdin.on('error', () => undefined); // It has ended; its exit says so.
    createInterface({ input: child.stderr }).on('line', options.onLine);
    try {
      const { ready, unusable } = follow(child);
      return new TemplateProcess(child, directory, await ready, unusable);
    } catch (error) {
      child.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Where it listens, seen from the directory of a command beside its own: an address may have 107 bytes only. */
  get socketPath(): string {
    return join('..', basename(this.directory), SOCKET);
  }

  /** Lets it exit when its running commands have ended. */
  retire(): void {
    this.child.stdin.write('retire\n');
    this.child.once('exit', () => void rm(this.directory, { recursive: true, force: true }));
  }

  /** Ends it, and with it what it has forked. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.ref();
      this.child.stdin.end();
      const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
      await exited;
      clearTimeout(timer);
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

function templateArguments({ entryPath, repairs }: TemplateOptions, directory: string): string[] {
  return ['-I', entryPath, 'serve', join(directory, SOCKET), ...(repairs ? [] : ['--repairs=off'])];
}

/** Reads what a template says of itself. */
function follow(child: ChildProcessByStdio<Writable, Readable, Readable>): {
  readonly ready: Promise<TemplateInfo>;
  readonly unusable: Promise<UnusableReason>;
} {
  const lines = createInterface({ input: child.stdout });
  const events = (handle: (event: z.output<typeof eventSchema>) => void): void => {
    lines.on('line', (line) => {
      const event = eventSchema.safeParse(JSON.parse(line));
      if (event.success) handle(event.data);
    });
  };
  const ready = new Promise<TemplateInfo>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the Senza template was not ready after ${START_LIMIT_MS} ms`));
    }, START_LIMIT_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the Senza template ended with ${signal ?? `exit code ${String(code)}`}`));
    });
    events((event) => {
      if (event.event !== 'ready') return;
      clearTimeout(timer);
      resolve(event);
    });
  });
  const unusable = new Promise<UnusableReason>((resolve) => {
    child.once('exit', () => {
      resolve('ended');
    });
    events(({ event }) => {
      if (event === 'outdated') resolve('outdated');
      if (event === 'pong') pings.answer();
      if (event === 'ready') pings.start();
    });
    const pings = new Pings({
      send: () => child.stdin.write('ping\n'),
      isStopped: () => child.pid === undefined || isProcessStopped(child.pid),
      onSilence: () => {
        resolve('frozen');
        // It must not start the command when it wakes up: the command runs without it by then.
        child.kill('SIGKILL');
      },
    });
    child.once('exit', () => {
      pings.stop();
    });
  });
  return { ready, unusable };
}

/** The worker may end at any time: the template ends with its input then. */
function unref(child: ChildProcessByStdio<Writable, Readable, Readable>): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref();
}
