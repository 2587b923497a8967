import { type JobView } from './job.dto.js';

/** Bounds of `Retry-After`, in seconds. */
const MIN_SECONDS = 2;
const MAX_SECONDS = 30;
/** A command of Senza takes seconds. */
const COMMAND_SECONDS = 2;
/** CloudFormation takes minutes, and is observed every `POLL_SECONDS`. */
const CLOUDFORMATION_SECONDS = 5;
const LOCK_SECONDS = 5;
const NO_WORKER_SECONDS = 15;
/** How many waiting jobs the workers take per second, at least. */
const JOBS_PER_SECOND = 2;

/**
 * When to poll an unfinished job again, in whole seconds: by what it waits for, and by when it is expected to finish.
 * @param now in milliseconds since 1970
 */
export function retryAfterSeconds(
  { waiting_for: wait, expected_finish_at: expected }: RetryAfterSubject,
  now: number,
): number {
  const usual = secondsOf(wait, now);
  if (wait?.reason !== 'cloudformation' || expected === null) return bounded(usual);
  const remainingSeconds = (Date.parse(expected) - now) / 1000;
  // Halfway to the expected end, so that an earlier end is noticed in time.
  return bounded(remainingSeconds <= 0 ? usual : remainingSeconds / 2);
}

type RetryAfterSubject = Pick<JobView, 'waiting_for' | 'expected_finish_at'>;

function secondsOf(wait: JobView['waiting_for'], now: number): number {
  switch (wait?.reason) {
    case undefined:
      return COMMAND_SECONDS;
    case 'worker':
      return (wait.position ?? 1) / JOBS_PER_SECOND;
    case 'lock':
      return LOCK_SECONDS * (wait.position ?? 1);
    case 'cloudformation':
      return CLOUDFORMATION_SECONDS;
    case 'throttled':
      return wait.retry_at === null ? CLOUDFORMATION_SECONDS : (Date.parse(wait.retry_at) - now) / 1000;
    case 'no_worker_for':
      return NO_WORKER_SECONDS;
  }
}

function bounded(seconds: number): number {
  return Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, Math.ceil(seconds)));
}
