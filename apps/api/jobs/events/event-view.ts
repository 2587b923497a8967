import { type JobEvent, logLineOf } from '#jobs';
import { jobError } from '../job-problem.js';

/**
 * The members of an event that are shown in another form than they are stored, or in addition: failures are problem documents, and `text`
 * is the line of the log, so that a client of the events can verify the log, too.
 */
export function eventMembers(event: JobEvent | null): { error?: object | null; text?: string } {
  const line = logLineOf(event);
  if (line === null) return {};
  const { text } = line;
  if (event?.type !== 'end') return { text };
  return { error: event.error === null ? null : jobError(event.error), text };
}
