import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 25;
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
  const deadline = Date.now() + milliseconds;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      last = 'no';
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(`waited ${milliseconds} ms for ${what}: ${String(last)}`, { cause: last });
    await sleep(POLL_MILLISECONDS);
  }
}
