import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_POLL_MILLISECONDS = 25;
/** Each poll takes processor time from what it waits for. */
const MAX_POLL_MILLISECONDS = 100;
/** A wait takes a tenth longer than what it waits for, at most. */
const POLL_SHARE = 0.1;
/** Long enough for a machine that is many times slower than usual: a limit must not measure the machine. */
export const WAIT_LIMIT_MILLISECONDS = 500_000;

/**
 * Waits until a condition holds, or a value is there, and returns that; throws an error that names the condition when the time is up. An
 * exception counts as false.
 */
export async function until<T>(
  what: string,
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  milliseconds = WAIT_LIMIT_MILLISECONDS,
): Promise<T> {
  const start = Date.now();
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      last = 'no';
    } catch (error) {
      last = error;
    }
    const elapsed = Date.now() - start;
    if (elapsed > milliseconds)
      throw new Error(`waited ${milliseconds} ms for ${what}: ${String(last)}`, { cause: last });
    await sleep(Math.min(MAX_POLL_MILLISECONDS, Math.max(FIRST_POLL_MILLISECONDS, elapsed * POLL_SHARE)));
  }
}
