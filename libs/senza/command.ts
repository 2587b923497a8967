import { execa } from 'execa';
import { GroupEnding, type EndingReason } from './group-ending.js';
import { OutputCollector, type CollectorOptions } from './output-collector.js';
import { type Lease } from './run-context.js';
import { type Watchdog } from './watchdog.js';

/** Added to the timeout of a command without a lease before the watchdog, which knows no timeouts, ends it. */
const WATCHDOG_SLACK_MS = 5000;

/** A process to run in the sandbox. */
export interface Command {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly timeoutMs: number;
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
  /** Why the client ended it; `lease_lost` when the watchdog did. */
  readonly ended: EndingReason | 'lease_lost' | undefined;
  /** Why it could not be started. */
  readonly startError: unknown;
}

/**
 * Runs a process in its own group, without standard input and without a shell, and guards it by the watchdog. Returns
 * when the process and all that it left in its group are gone; never rejects because of what the process did.
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
  const release = guard(command, pid);
  const ending = new GroupEnding(pid, () => {
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
      ended: ending.reason ?? (signal === 'SIGKILL' && hasPassed(command.lease) ? 'lease_lost' : undefined),
      startError: undefined,
    };
  } finally {
    ending.clear();
    command.signal.removeEventListener('abort', cancel);
    release();
  }
}

/** Whether a lease has ended. */
export function hasPassed(lease: Lease | undefined): boolean {
  return lease !== undefined && process.hrtime.bigint() >= lease.deadlineNs;
}

function guard({ lease, watchdog, timeoutMs, directory }: Command, pgid: number): () => void {
  const slack = BigInt(timeoutMs + WATCHDOG_SLACK_MS) * 1_000_000n;
  watchdog.guard(pgid, lease?.deadlineNs ?? process.hrtime.bigint() + slack, directory);
  const unsubscribe = lease?.onRenewed(() => {
    watchdog.extend(pgid, lease.deadlineNs);
  });
  return () => {
    unsubscribe?.();
    watchdog.release(pgid);
  };
}

function notStarted(startError: unknown): CommandResult {
  return { exitCode: null, signal: null, stdout: '', merged: '', ended: undefined, startError };
}
