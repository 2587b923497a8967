import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from './child-environment.js';
import { OutputLines } from './output-lines.js';
import { WAIT_LIMIT_MILLISECONDS } from './until.js';
import { guard, unguard } from './watchdog.js';

/** How long a child may take to exit on a signal before its group is killed. */
const STOP_GRACE_MILLISECONDS = 70_000;
/** How long the output of a process that has exited is still read: its children can keep it open. */
const OUTPUT_GRACE_MILLISECONDS = 10_000;
const TAIL_LINES = 20;

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile?: string | undefined;
  /** Leave standard input open, for a program that ends when it ends. */
  readonly keepStdinOpen?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that ends with this one. It leads its own group, so that a Ctrl-C reaches only us and we stop it in order. */
export class Child {
  /** Resolves when it has exited and its last lines were read. */
  readonly exited: Promise<Exit>;
  private exit: Exit | undefined;
  private stopping = false;

  private constructor(
    readonly name: string,
    readonly pid: number,
    private readonly output: OutputLines,
    ended: { readonly exit: Promise<Exit>; readonly output: Promise<void> },
  ) {
    this.exited = ended.exit.then(async (exit) => {
      this.exit = exit;
      unguard(pid);
      await Promise.race([ended.output, sleep(OUTPUT_GRACE_MILLISECONDS, undefined, { ref: false })]);
      return exit;
    });
  }

  /** Starts a process; throws when there is no such command. */
  static async start(options: ChildOptions): Promise<Child> {
    const child = spawn(options.command, options.args, {
      detached: true,
      env: childEnvironment(options.env ?? {}),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const output = new OutputLines(options.logFile);
    output.read(child.stdout);
    output.read(child.stderr);
    child.stdin.on('error', () => undefined);
    if (options.keepStdinOpen !== true) child.stdin.end();
    const exit = new Promise<Exit>((resolve) => {
      child.on('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    const outputEnd = new Promise<void>((resolve) => {
      child.on('close', () => {
        resolve();
      });
    });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`${options.name} has no process id`);
    guard(child.pid);
    return new Child(options.name, child.pid, output, { exit, output: outputEnd });
  }

  /** Its output so far, standard output and error in the order of arrival. */
  get lines(): readonly string[] {
    return this.output.all;
  }

  get isRunning(): boolean {
    return this.exit === undefined;
  }

  /** Whether {@link stop} was called: its end is expected. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** The end of its output, for messages. */
  get tail(): string {
    return this.lines.slice(-TAIL_LINES).join('\n');
  }

  /** The first line that matches, written already or within the time. Throws when it ends or the time is up before. */
  async waitForLine(pattern: RegExp, milliseconds = WAIT_LIMIT_MILLISECONDS): Promise<string> {
    return await new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        finish();
        reject(new Error(`${this.name} ${why} before a line like ${String(pattern)}:\n${this.tail}`));
      };
      const timer = setTimeout(fail, milliseconds, `took more than ${milliseconds} ms`);
      let unfollow = (): void => undefined;
      const finish = (): void => {
        clearTimeout(timer);
        unfollow();
      };
      unfollow = this.output.follow((line) => {
        if (!pattern.test(line)) return;
        finish();
        resolve(line);
      });
      void this.exited.then(({ code, signal }) => {
        fail(`ended (${signal ?? `exit code ${String(code)}`})`);
      });
    });
  }

  /** Waits for the line that shows that it is ready; if that fails, the child is stopped. */
  async readyWhen<T>(ready: Promise<T>): Promise<T> {
    try {
      return await ready;
    } catch (error) {
      await this.killGroup();
      throw error;
    }
  }

  /** Sends a signal to the process alone. */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) process.kill(this.pid, signal);
  }

  /** Asks it to end; its group is killed when it takes too long. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', graceMilliseconds = STOP_GRACE_MILLISECONDS): Promise<Exit> {
    this.stopping = true;
    this.signal(signal);
    const timer = setTimeout(() => {
      this.signalGroup('SIGKILL');
    }, graceMilliseconds);
    return await this.exited.finally(() => {
      clearTimeout(timer);
    });
  }

  /** kill -9 of the process alone. */
  async kill(): Promise<Exit> {
    return await this.stop('SIGKILL');
  }

  /** kill -9 of the process and of all that it started in its group. */
  async killGroup(): Promise<Exit> {
    this.signalGroup('SIGKILL');
    return await this.exited;
  }

  private signalGroup(signal: NodeJS.Signals): void {
    if (this.isRunning) process.kill(-this.pid, signal);
  }
}
