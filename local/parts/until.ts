import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MILLISECONDS = 25;

/** Waits until a condition holds; throws, saying what was waited for, when the time is up. A throw counts as no. */
export async function until(
  what: string,
  milliseconds: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    try {
      if (await condition()) return;
    } catch {
      // Not yet.
    }
    if (Date.now() > deadline) throw new Error(`waited ${milliseconds} ms for ${what}`);
    await sleep(POLL_MILLISECONDS);
  }
}
