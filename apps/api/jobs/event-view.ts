import { type JobEvent } from '#jobs';
import { jobError } from './job-problem.js';
import { withoutWorkerPaths } from './worker-paths.js';

/** The members of an event that are shown in another form than they are stored: failures, and lines with paths of a worker. */
export function eventError(event: JobEvent | null): { error?: object | null; text?: string } {
  if (event?.type === 'log') return { text: withoutWorkerPaths(event.text) };
  if (event?.type !== 'end') return {};
  return { error: event.error === null ? null : jobError(event.error) };
}
