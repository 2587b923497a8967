import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 25;
/** Long enough for a machine that is many times slower than usual: a limit must not measure the machine. */
export const WAIT_LIMIT_MILLISECONDS = 500_000;

/** Waits until a condition holds; throws an error that names the condition when the time is up. An exception counts as false. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = WAIT_LIMIT_MILLISECONDS,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  let last: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      last = 'no';
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(`waited ${milliseconds} ms for ${what}: ${String(last)}`, { cause: last });
    await sleep(POLL_MILLISECONDS);
  }
}
