import { type IncomingMessage } from 'node:http';
import { ProblemError } from '../problems/problem.error.js';

/** How many header fields a request may have. Browsers and proxies send a few dozen. */
export const MAX_FIELDS = 200;
/** Node uses the first of several; a proxy may use the last. */
const SINGLE_FIELDS: readonly string[] = [
  'host',
  'authorization',
  'content-type',
  'transfer-encoding',
  'idempotency-key',
];
/** A host and a port (RFC 3986, section 3.2.2). */
const HOST = /^[A-Za-z0-9._~!$&'()*+,;=:%[\]-]*$/;

/**
 * Rejects header fields that Node accepts, but that other programs read differently: no `Host` or several (RFC 9112, section 3.2),
 * several credentials, media types or idempotency keys, encodings of the transfer that Node does not decode or HTTP/1.0 does not have
 * (section 6.1), and requests without a version (HTTP/0.9).
 * @throws ProblemError `malformed_request`, `headers_too_large`
 */
export function checkHeaderFields({
  httpVersion,
  rawHeaders,
}: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders'>): void {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw malformed('The request is not HTTP/1.1');
  if (rawHeaders.length > 2 * MAX_FIELDS)
    throw new ProblemError('headers_too_large', `The request has more than ${MAX_FIELDS} header fields`);
  const fields = rawHeaders.filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const countOf = (field: string): number => fields.filter((each) => each === field).length;
  for (const field of SINGLE_FIELDS)
    if (countOf(field) > 1) throw malformed(`The request has ${countOf(field)} header fields "${field}"; send one`);
  if (httpVersion === '1.1' && countOf('host') === 0) throw malformed('The request has no header field "host"');
  const encoding = rawHeaders[fields.indexOf('transfer-encoding') * 2 + 1] ?? 'chunked';
  if (fields.includes('transfer-encoding') && (httpVersion === '1.0' || encoding.toLowerCase() !== 'chunked'))
    throw malformed('The header field "transfer-encoding" can only be "chunked", of HTTP/1.1');
  if (!HOST.test(rawHeaders[fields.indexOf('host') * 2 + 1] ?? ''))
    throw malformed('The header field "host" is not a valid host');
}

function malformed(detail: string): ProblemError {
  return new ProblemError('malformed_request', detail);
}
