import { execa } from 'execa';
import { ProcessGroupTerminator, type EndingReason } from './process-group.js';
import { lowerPriority } from './priority.js';
import { OutputCollector, type CollectorOptions } from './output-collector.js';
import { type Lease } from './run-context.js';
import { type Watchdog } from '../watchdog/watchdog.js';

/** Milliseconds after the timeout of a command without a lease until the watchdog kills it. */
const WATCHDOG_SLACK_MS = 5000;

/** A process to run in the sandbox. */
export interface Command {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly timeoutMs: number;
  /** Added to the niceness of this process. */
  readonly niceness: number;
  readonly signal: AbortSignal;
  readonly lease: Lease | undefined;
  readonly watchdog: Watchdog;
  readonly output: Omit<CollectorOptions, 'onTooLong'>;
}

/** How a process ended, and what it wrote (raw on `stdout`, free of control characters in `merged`). */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly merged: string;
  /** Why it was ended; `lease_lost`: by the watchdog. */
  readonly ended: EndingReason | 'lease_lost' | undefined;
  /** Why it could not be started. */
  readonly startError: unknown;
}

/**
 * Runs a process in its own group, without standard input and without a shell, guarded by the watchdog. Resolves
 * when all processes of the group have exited; never rejects because of what the process did.
 */
export async function runCommand(command: Command): Promise<CommandResult> {
  const child = execa(command.executable, command.arguments, {
    cwd: command.directory,
    env: command.environment,
    extendEnv: false,
    // execa's own timeout, cancellation and clean-up signal the child alone, not what it has started.
    detached: true,
    cleanup: false,
    stdin: 'ignore',
    buffer: false,
    reject: false,
  });
  const { pid } = child;
  if (pid === undefined) return notStarted((await child).cause);
  lowerPriority(pid, command.niceness);
  const guard = new LeaseGuard(command, pid);
  const ending = new ProcessGroupTerminator(pid, () => {
    child.stdout.destroy();
    child.stderr.destroy();
  });
  const collector = new OutputCollector({
    ...command.output,
    onTooLong: () => {
      ending.end('output_too_long');
    },
  });
  collector.read('stdout', child.stdout);
  collector.read('stderr', child.stderr);
  const cancel = (): void => {
    ending.end('cancelled');
  };
  command.signal.addEventListener('abort', cancel, { once: true });
  if (command.signal.aborted) cancel();
  ending.endAfter(command.timeoutMs);
  child.once('exit', () => {
    ending.finish();
  });
  try {
    const { exitCode, signal } = await child;
    return {
      exitCode: exitCode ?? null,
      signal: signal ?? null,
      stdout: collector.of('stdout'),
      merged: collector.merged(),
      ended: ending.reason ?? (signal === 'SIGKILL' && guard.wasExpired ? 'lease_lost' : undefined),
      startError: undefined,
    };
  } finally {
    ending.clear();
    command.signal.removeEventListener('abort', cancel);
    guard.release();
  }
}

/** Whether a lease has ended. */
export function isExpired(lease: Lease | undefined): boolean {
  return lease !== undefined && process.hrtime.bigint() >= lease.deadlineNs;
}

/** Makes the watchdog kill a process group when its lease ends, and reports whether it may have done so. */
class LeaseGuard {
  private readonly unsubscribe: (() => void) | undefined;
  private deadlineNs: bigint;
  private expired = false;

  constructor(
    private readonly command: Command,
    private readonly pgid: number,
  ) {
    const { lease, watchdog, timeoutMs, directory } = command;
    const slack = BigInt(timeoutMs + WATCHDOG_SLACK_MS) * 1_000_000n;
    this.deadlineNs = lease?.deadlineNs ?? process.hrtime.bigint() + slack;
    watchdog.guard(pgid, this.deadlineNs, directory);
    this.unsubscribe = lease?.onRenewed(() => {
      // The reply to a renewal that was sent in time can arrive when the watchdog has already killed the group.
      this.expired = this.wasExpired;
      this.deadlineNs = lease.deadlineNs;
      watchdog.extend(pgid, this.deadlineNs);
    });
  }

  /** Whether the lease has been expired at any time. */
  get wasExpired(): boolean {
    return this.expired || (this.command.lease !== undefined && process.hrtime.bigint() >= this.deadlineNs);
  }

  /** All processes of the group have exited. */
  release(): void {
    this.unsubscribe?.();
    this.command.watchdog.release(this.pgid);
  }
}

function notStarted(startError: unknown): CommandResult {
  return { exitCode: null, signal: null, stdout: '', merged: '', ended: undefined, startError };
}
