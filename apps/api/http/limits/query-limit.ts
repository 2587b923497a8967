import { type IncomingMessage } from 'node:http';
import { ProblemError } from '../../problems/problem.error.js';

/** How many query parameters a request may have. All filters of the history together have fewer. */
const MAX_PARAMETERS = 200;

/**
 * Rejects a query with very many parameters before they are validated one by one, and one with wrong escape sequences, whose parameters
 * Fastify would leave as they are: other values than the client means.
 * @throws ProblemError `invalid_request`
 */
export function checkQuery({ url = '' }: Pick<IncomingMessage, 'url'>): void {
  let count = 0;
  for (let index = url.indexOf('?'); index !== -1; index = url.indexOf('&', index + 1)) count += 1;
  if (count > MAX_PARAMETERS)
    throw new ProblemError('invalid_request', `The query has more than ${MAX_PARAMETERS} parameters`);
  if (!isDecodable(url))
    throw new ProblemError('invalid_request', 'The query is not percent-encoded UTF-8: write % as %25');
}

/** Whether each `%` of a target begins an escape sequence, and these are UTF-8 (RFC 3986, section 2.5). */
function isDecodable(target: string): boolean {
  try {
    decodeURIComponent(target);
    return true;
  } catch {
    return false;
  }
}
