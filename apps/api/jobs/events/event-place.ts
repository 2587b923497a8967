import { type EventFollower } from '#jobs';
import { type ProblemError } from '../../problems/problem.error.js';
import { fieldProblem } from '../../problems/validation-problem.js';

/**
 * Checks that a client can resume after the event `after` of a job. A client with an id after the last event would miss all events up to
 * that id.
 * @returns whether there are later events
 * @throws ProblemError `invalid_request`
 */
export async function resumesAt(
  follower: Pick<EventFollower, 'read'>,
  { id, after, pointer }: { id: string; after: number; pointer: string },
): Promise<boolean> {
  // The event itself is kept, or those after it are, unless it belongs to another stream.
  const events = await follower.read(id, Math.max(after - 1, 0), 2);
  if (after > 0 && events.length === 0) throw unknownPlace(pointer, '');
  return events.some((event) => event.id > after);
}

/** Redis has lost events that the client has read: it was emptied, or a replica without the last events took over. */
export function unknownPlace(pointer: string, last: string): ProblemError {
  const detail = `is not the id of an event of this stream${last}: Redis may have lost data. Start again without it`;
  return fieldProblem([{ pointer, detail }]);
}
