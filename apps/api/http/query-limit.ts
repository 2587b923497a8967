import { type IncomingMessage } from 'node:http';
import { ProblemError } from '../problems/problem.error.js';

/** How many query parameters a request may have. All filters of the history together have fewer. */
const MAX_PARAMETERS = 200;

/**
 * Rejects a query with very many parameters before they are validated one by one.
 * @throws ProblemError `invalid_request`
 */
export function checkQuery({ url = '' }: Pick<IncomingMessage, 'url'>): void {
  let count = 0;
  for (let index = url.indexOf('?'); index !== -1; index = url.indexOf('&', index + 1)) count += 1;
  if (count > MAX_PARAMETERS)
    throw new ProblemError('invalid_request', `The query has more than ${MAX_PARAMETERS} parameters`);
}
