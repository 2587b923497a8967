import { randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';

/** What a caller's own id may look like: nothing that could break a log line or a header. */
const ACCEPTABLE = /^[\w.~:+=/@-]{1,200}$/;

/** The id of a request: its `X-Request-Id` when that is acceptable, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
}
