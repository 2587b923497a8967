import { type JobRecord } from '../record/job-record.js';
import { isTerminal } from '../record/job-status.js';
import { type JobStore } from '../store/job-store.js';
import { type JobChanges } from './job-changes.js';

/**
 * Waits until a job has ended, woken by its changes, not by asking again and again.
 * @param timeoutMs after this long the job is answered as it stands
 * @param signal the one who waits is gone
 * @returns the job, or null when there is none with this id
 */
export async function awaitEnd(
  store: JobStore,
  changes: JobChanges,
  { id, timeoutMs, signal }: { id: string; timeoutMs: number; signal: AbortSignal },
): Promise<JobRecord | null> {
  let wake: () => void = () => undefined;
  const off = changes.on(id, (change) => {
    if ('lost' in change || ('status' in change && isTerminal(change.status))) wake();
  });
  const deadline = Date.now() + timeoutMs;
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const job = await store.get(id);
      const left = deadline - Date.now();
      if (job === null || isTerminal(job.progress.status) || left <= 0 || signal.aborted) return job;
      await untilFirst(woken, left, signal);
    }
  } finally {
    off();
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
