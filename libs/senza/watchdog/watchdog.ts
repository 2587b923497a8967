import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { formatMessage, type WatchdogMessage } from './protocol.js';
import { WorkerDirectory } from './worker-directory.js';

/** Between the death of a watchdog and the start of the next. */
const RESTART_MS = 100;
/** A watchdog keeps a few numbers: its heap need not grow. */
const NODE_OPTIONS = ['--max-old-space-size=16', '--max-semi-space-size=1', '--single-threaded'];

interface Guarded {
  readonly directory: string;
  deadlineNs: bigint;
}

/**
 * The worker's side of its watchdog, a process that kills guarded process groups when their deadline has passed or when
 * this process has ended, however. One per worker. A watchdog that dies is replaced, and all groups are announced again.
 */
export class Watchdog {
  private readonly ownDirectory = new WorkerDirectory();
  private readonly guarded = new Map<number, Guarded>();
  private child: ChildProcess | undefined;
  private restart: NodeJS.Timeout | undefined;
  private stopped = false;

  /** Takes the path of the compiled watchdog-main. */
  constructor(private readonly entryPath = fileURLToPath(new URL('./watchdog-main.js', import.meta.url))) {}

  /** The watchdog's process; undefined while there is none. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Where the directories of commands are made. It goes with this process, and so does what still has its home in it: a
   * worker that is killed just before it has announced a command leaves nothing behind either.
   */
  get directory(): string {
    return this.ownDirectory.path;
  }

  /** Makes that directory, with a sign that this worker lives, when it is not there yet. @returns its path */
  async makeDirectory(): Promise<string> {
    return await this.ownDirectory.make();
  }

  /** Starts the process; to be called once, before the first command. */
  start(): void {
    const child = spawn(process.execPath, [...NODE_OPTIONS, this.entryPath, this.directory], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
      cwd: '/',
    });
    this.child = child;
    // The worker may exit at any time: that is what the watchdog waits for.
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref();
    child.stdin.on('error', () => {
      // It has exited; that is reported below.
    });
    const replace = (): void => {
      if (this.stopped || this.child !== child) return;
      this.child = undefined;
      this.restart = setTimeout(() => {
        this.start();
      }, RESTART_MS).unref();
    };
    child.once('exit', replace).once('error', replace);
    for (const [pgid, { deadlineNs, directory }] of this.guarded)
      this.send({ verb: 'guard', pgid, deadlineNs, directory });
  }

  /**
   * Has a process group killed when the deadline (CLOCK_MONOTONIC, nanoseconds) has passed, at once if it has, and its
   * directory removed. To be called right after the group was started: the message is on its way when this returns.
   */
  guard(pgid: number, deadlineNs: bigint, directory = ''): void {
    this.guarded.set(pgid, { deadlineNs, directory });
    this.send({ verb: 'guard', pgid, deadlineNs, directory });
  }

  /** Moves the deadline of a guarded group. */
  extend(pgid: number, deadlineNs: bigint): void {
    const group = this.guarded.get(pgid);
    if (group === undefined) return;
    group.deadlineNs = deadlineNs;
    this.send({ verb: 'extend', pgid, deadlineNs });
  }

  /** Removes a group that has ended. */
  release(pgid: number): void {
    if (this.guarded.delete(pgid)) this.send({ verb: 'release', pgid });
  }

  /** Ends the watchdog, and with it what is still guarded. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.restart);
    await this.endProcess();
    await this.ownDirectory.leave();
  }

  private async endProcess(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.ref();
    child.stdin?.end();
    await exited;
  }

  private send(message: WatchdogMessage): void {
    this.child?.stdin?.write(formatMessage(message));
  }
}
