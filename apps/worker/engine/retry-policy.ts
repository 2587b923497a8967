/** How often in a row AWS may put a step off before the job fails. */
export const MAX_DEFERRALS = 20;
/** The same for a step that presses: its pauses are shorter, so that it lasts 8 minutes at least, too. */
export const MAX_URGENT_DEFERRALS = 125;
/** How often in a row a step may not be able to tell what stands, or see no effect of what it did, before it fails. */
export const MAX_UNKNOWN_OBSERVATIONS = 4;
/** How long to wait before looking again at what was unclear, in milliseconds. */
export const UNKNOWN_RECHECK_MS = 2_000;
/** How often in a row a step's command may be ended by a signal that is not Lizzy's before it fails. */
export const MAX_SIGNALLED_ATTEMPTS = 3;
/** How long to wait then, in milliseconds: its last call to AWS may be on its way, and memory be scarce. */
export const SIGNALLED_RECHECK_MS = 4_000;

const BACKOFF_BASE_MS = 1_000;
const BACKOFF_LIMIT_MS = 60_000;
const URGENT_BACKOFF_LIMIT_MS = 8_000;

/**
 * How long to wait after having been put off so many times in a row, in milliseconds: exponential, with half of it
 * random, so that jobs that were put off together do not come back together.
 * @param presses whether what stands meanwhile must not stay so
 */
export function backoffMs(
  putOff: number,
  { presses = false, random = Math.random }: { presses?: boolean; random?: () => number } = {},
): number {
  const limit = presses ? URGENT_BACKOFF_LIMIT_MS : BACKOFF_LIMIT_MS;
  const ceiling = Math.min(limit, BACKOFF_BASE_MS * 2 ** putOff);
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/**
 * How long until the next tick, in milliseconds. All jobs wake at the same ticks, so that one listing serves them all.
 * @param now in milliseconds since 1970
 */
export function untilNextTick(now: number, pollMs: number): number {
  return pollMs - (now % pollMs);
}

/** How long a job waits at most before it is looked at again, in milliseconds: until the next tick, or put off. */
export function longestWaitMs(pollMs: number): number {
  return Math.max(pollMs, BACKOFF_LIMIT_MS);
}
