import { type JobEvent } from '#jobs';
import { jobError } from './job-problem.js';

/** The members of an event that are shown in another form than they are stored: failures are problem documents. */
export function eventError(event: JobEvent | null): { error?: object | null } {
  if (event?.type !== 'end') return {};
  return { error: event.error === null ? null : jobError(event.error) };
}
