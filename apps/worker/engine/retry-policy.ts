/** Number of consecutive deferrals after which the job fails. */
export const MAX_DEFERRALS = 20;
/** Deferral limit for urgent steps. Their back-off is shorter, so this still covers at least 8 minutes. */
export const MAX_URGENT_DEFERRALS = 125;
/** Number of consecutive observations without a known state, or without the effect of a change, after which the job fails. */
export const MAX_UNKNOWN_OBSERVATIONS = 4;
const FIRST_UNKNOWN_RECHECK_MS = 500;
/** Number of consecutive commands killed by an external signal after which the job fails. */
export const MAX_SIGNALLED_ATTEMPTS = 3;
/** Pause after such a signal, in milliseconds: the last AWS call can still take effect, and memory can be scarce. */
export const SIGNALLED_RECHECK_MS = 4_000;

/** Maximum run time of a job in milliseconds: 25 hours, longer than any timeout that a request can set. */
export const JOB_LIMIT_MS = 25 * 3600 * 1000;

const BACKOFF_BASE_MS = 1_000;
const BACKOFF_LIMIT_MS = 60_000;
const URGENT_BACKOFF_LIMIT_MS = 8_000;

/**
 * Back-off after consecutive deferrals, in milliseconds: exponential, half of it random, so that jobs that were
 * deferred together do not retry together.
 * @param urgent whether the current state is harmful
 */
export function backoffMs(
  deferrals: number,
  { urgent = false, random = Math.random }: { urgent?: boolean; random?: () => number } = {},
): number {
  const limit = urgent ? URGENT_BACKOFF_LIMIT_MS : BACKOFF_LIMIT_MS;
  const ceiling = Math.min(limit, BACKOFF_BASE_MS * 2 ** deferrals);
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/**
 * Pause before an unknown state is observed again, in milliseconds: reads of AWS usually lag by some tenths of a second, sometimes
 * seconds. With `MAX_UNKNOWN_OBSERVATIONS` these are 7.5 seconds in total.
 * @param observations how many there were in a row, from 1 on
 */
export function unknownRecheckMs(observations: number): number {
  return FIRST_UNKNOWN_RECHECK_MS * 2 ** (observations - 1);
}

/**
 * Time until the next tick in milliseconds. All jobs wake at the same ticks, so that one stack listing serves them all.
 * @param now in milliseconds since 1970
 */
export function untilNextTick(now: number, pollMs: number): number {
  return pollMs - (now % pollMs);
}

/** The longest time until a waiting job is processed again, in milliseconds: the next tick, or the longest back-off. */
export function longestWaitMs(pollMs: number): number {
  return Math.max(pollMs, BACKOFF_LIMIT_MS);
}
