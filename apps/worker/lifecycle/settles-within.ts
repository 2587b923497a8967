import { setTimeout as sleep } from 'node:timers/promises';

/** Whether the promise settles, with any outcome, within `milliseconds`. Never rejects. */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const over = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = sleep(milliseconds, false, { signal: over.signal }).catch(() => false);
  const inTime = await Promise.race([settled, late]);
  over.abort();
  return inTime;
}
