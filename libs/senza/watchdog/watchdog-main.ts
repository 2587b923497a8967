/**
 * The watchdog: a process beside each worker that kills the worker's commands when the worker has exited or does not renew their leases in time.
 * It lives in a group of its own, so that `kill -9` of the worker's group does not take it, and ends with its input.
 */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { killProcessesByHome } from './orphans.js';
import { parseMessage, type WatchdogMessage } from './protocol.js';
import { removeWorkerDirectory } from './worker-directory.js';

const NS_PER_MS = 1_000_000n;
/** The longest that a timer of Node takes; a later deadline is checked again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Guarded {
  readonly pgid: number;
  /** The command's own directory, with its parameters; empty when there is none. */
  readonly directory: string;
  deadlineNs: bigint;
  timer: NodeJS.Timeout | undefined;
}

const guarded = new Map<number, Guarded>();
/** The directory of all the worker's commands. */
const [, , base] = process.argv;

function schedule(group: Guarded): void {
  clearTimeout(group.timer);
  const leftNs = group.deadlineNs - process.hrtime.bigint();
  if (leftNs <= 0n) {
    void kill(group);
    return;
  }
  // Rounded up: a timer that fires early would have to wait again.
  const leftMs = Math.min(Number(leftNs / NS_PER_MS) + 1, MAX_TIMER_MS);
  group.timer = setTimeout(schedule, leftMs, group);
}

async function kill({ pgid, directory, timer }: Guarded): Promise<void> {
  clearTimeout(timer);
  guarded.delete(pgid);
  try {
    process.kill(-pgid, 'SIGKILL');
  } catch {
    // The group has exited.
  }
  if (directory !== '') await rm(directory, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
}

/**
 * The worker has exited. Commands that it had started but not yet announced are found by their home directory: the input ends only when the last
 * process that had it open has been replaced by its command, so none is missed.
 */
async function end(): Promise<void> {
  await Promise.all([...guarded.values()].map(kill));
  if (base !== undefined) {
    await killProcessesByHome(base);
    await removeWorkerDirectory(base).catch(() => undefined);
  }
  process.exit(0);
}

function take(message: WatchdogMessage): void {
  const known = guarded.get(message.pgid);
  switch (message.verb) {
    case 'guard': {
      clearTimeout(known?.timer);
      const { pgid, deadlineNs, directory } = message;
      const group: Guarded = { pgid, deadlineNs, directory, timer: undefined };
      guarded.set(pgid, group);
      schedule(group);
      return;
    }
    case 'extend':
      if (known === undefined) return;
      known.deadlineNs = message.deadlineNs;
      schedule(known);
      return;
    case 'release':
      clearTimeout(known?.timer);
      guarded.delete(message.pgid);
  }
}

// It ends when its worker does, not before: a supervisor that signals every process must not disarm it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = parseMessage(line);
    if (message !== undefined) take(message);
  })
  .on('close', () => {
    void end();
  });
