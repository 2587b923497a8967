import { once } from 'node:events';

/**
 * Waits for `work`, but no longer than the signal allows. The work itself goes on.
 *
 * @throws the signal's reason
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const settled = new AbortController();
  try {
    return await Promise.race([work, aborted(signal, settled.signal)]);
  } finally {
    settled.abort();
  }
}

async function aborted(signal: AbortSignal, settled: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort', { signal: settled });
  throw signal.reason;
}
