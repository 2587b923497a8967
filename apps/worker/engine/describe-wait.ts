import { type Wait } from '#jobs';

/** What identifies a wait: as long as it is equal, the job waits for the same. */
export function subjectOf(wait: Wait): readonly unknown[] {
  switch (wait.reason) {
    case 'worker':
      return [wait.reason];
    case 'lock':
      return [wait.reason, wait.scope, wait.job_id];
    case 'cloudformation':
      return [wait.reason, wait.stack, wait.state];
    case 'throttled':
      return [wait.reason, wait.detail];
    case 'no_worker_for':
      return [wait.reason, wait.kind];
  }
}

/** What a job waits for, as a sentence of its log. */
export function describeWait(wait: Wait): string {
  switch (wait.reason) {
    case 'worker':
      return 'a worker has to take the job';
    case 'lock': {
      const holder = wait.stack === null ? '' : ` (${wait.stack}, by ${wait.requested_by ?? 'unknown'})`;
      return `job ${wait.job_id}${holder} holds the lock of the ${wait.scope}`;
    }
    case 'cloudformation': {
      const { stack, state, progress } = wait;
      const done = progress ? `, ${progress.complete} of ${progress.total} resources complete` : '';
      return `stack ${stack}: ${state}${done}`;
    }
    case 'throttled': {
      const retry = wait.retry_at ? `; the next attempt is at ${wait.retry_at}` : '';
      // AWS ends some of its sentences with a full stop.
      return retry === '' ? wait.detail : `${wait.detail.replace(/\.$/, '')}${retry}`;
    }
    case 'no_worker_for':
      return wait.detail;
  }
}
