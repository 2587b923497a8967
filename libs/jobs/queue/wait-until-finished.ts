import { isRedisUnavailable } from '#redis';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobRecord } from '../model/job.js';
import { isTerminal } from '../model/status.js';
import { type JobStore } from '../store/job-store.js';
import { type JobEvents } from '../events/job-events.js';

/** How long a wait that has started tolerates a lost connection, in milliseconds; then Redis counts as unavailable. */
const RECONNECT_LIMIT_MS = 3_000;
const RECHECK_MS = 50;

/**
 * Waits until a job has finished. Reads it at its events only; does not poll.
 * @param timeoutMs after this time the job is returned in its current state
 * @param signal aborted when the caller has disconnected
 * @returns the job, or null when there is none with this id
 * @throws errors of Redis: immediately when it is unavailable at the start, else when it stays unavailable for some seconds
 */
export async function waitUntilFinished(
  store: JobStore,
  changes: JobEvents,
  { id, timeoutMs, signal }: { id: string; timeoutMs: number; signal: AbortSignal },
): Promise<JobRecord | null> {
  let wake: () => void = () => undefined;
  const off = changes.on(id, (change) => {
    if ('lost' in change || (change.status !== undefined && isTerminal(change.status))) wake();
  });
  const deadline = Date.now() + timeoutMs;
  let toleranceMs = 0;
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const job = await readWithin(Math.min(toleranceMs, deadline - Date.now()), store, id, signal);
      toleranceMs = RECONNECT_LIMIT_MS;
      const remainingMs = deadline - Date.now();
      if (job === null || isTerminal(job.progress.status) || remainingMs <= 0 || signal.aborted) return job;
      await untilFirst(woken, remainingMs, signal);
    }
  } finally {
    off();
  }
}

/** Retries while Redis is unavailable: the connections are not restored in the order in which they were lost. */
async function readWithin(ms: number, store: JobStore, id: string, signal: AbortSignal): Promise<JobRecord | null> {
  const deadline = Date.now() + ms;
  for (;;) {
    try {
      return await store.get(id);
    } catch (error) {
      if (!isRedisUnavailable(error) || signal.aborted || Date.now() >= deadline) throw error;
    }
    await sleep(RECHECK_MS);
  }
}

async function untilFirst(woken: Promise<void>, timeoutMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', settle);
      resolve();
    };
    const timer = setTimeout(settle, timeoutMs);
    signal.addEventListener('abort', settle);
    void woken.then(settle);
  });
}
