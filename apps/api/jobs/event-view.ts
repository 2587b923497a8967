import { type JobEvent } from '#jobs';
import { jobProblem } from './job-problem.js';

/** The members of an event that are shown in another form than they are stored: a failure, as a problem document. */
export function eventError(event: JobEvent | null): { error?: object | null } {
  if (event?.type !== 'end') return {};
  return { error: event.error === null ? null : jobProblem(event.error) };
}
