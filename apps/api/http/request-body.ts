import { isUtf8 } from 'node:buffer';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { ProblemError } from '../problems/problem.error.js';
import { jsonFault } from './json-fault.js';
import { jsonLimitProblem } from './limits/json-limits.js';

/** The media type of YAML (RFC 9512). */
export const YAML_MEDIA_TYPE = 'application/yaml';

/** How much of a body is read and discarded after its request was rejected, in bytes. */
const DISCARD_BYTES_LIMIT = 16 * 1024 * 1024;
/** How long that may take, in milliseconds; then the connection is closed. */
const DISCARD_TIMEOUT_MS = 10_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route also takes a Senza definition as its body. */
    acceptsYaml?: boolean;
  }
}

/**
 * Reads bodies as JSON, and as YAML text on routes that accept it. Everything else is a 415, compressed bodies included. A
 * missing body is left to the schema of the route.
 */
export function parseBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  // Fastify would call `__proto__` invalid JSON; for the schemas it is an unknown field like others.
  const parseJson = server.getDefaultJsonParser('ignore', 'ignore');
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = utf8Text(body);
    const problem = encodingProblem(request) ?? (text === null ? notUtf8() : limitProblem(text));
    if (problem !== null || text === null) done(problem);
    else if (text === '') done(null, undefined);
    else
      void parseJson(request, text, (error, value?: unknown) => {
        done(error === null ? null : new ProblemError('malformed_request', jsonFault(text)), value);
      });
  });
  server.addContentTypeParser<Buffer>(YAML_MEDIA_TYPE, { parseAs: 'buffer' }, (request, body, done) => {
    const acceptsYaml = request.routeOptions.config.acceptsYaml === true;
    const problem = acceptsYaml ? encodingProblem(request) : unsupportedMediaType(request);
    const text = utf8Text(body);
    if (problem === null && text !== null) done(null, text);
    else done(problem ?? notUtf8());
  });
}

/** The media type of a request's body, without parameters; empty when it has none. */
export function mediaTypeOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The text, with its byte order mark; null when it is not UTF-8. Replacement characters would change what was sent. */
function utf8Text(bytes: Buffer): string | null {
  return isUtf8(bytes) ? bytes.toString() : null;
}

function notUtf8(): ProblemError {
  return new ProblemError('malformed_request', 'The body is not valid UTF-8');
}

function limitProblem(text: string): ProblemError | null {
  const detail = jsonLimitProblem(text);
  return detail === null ? null : new ProblemError('invalid_request', detail);
}

/** A 415 that names the media types that the route takes, also in `Accept` (RFC 9110, section 15.5.16). */
export function unsupportedMediaType({ headers, routeOptions, method }: FastifyRequest): ProblemError {
  const types = ['application/json', ...(routeOptions.config.acceptsYaml === true ? [YAML_MEDIA_TYPE] : [])];
  const given = headers['content-type'] === undefined ? 'no Content-Type' : `"${headers['content-type']}"`;
  const detail = `The body has ${given}; send it as ${types.join(' or ')}`;
  const name = method === 'PATCH' ? 'accept-patch' : method === 'POST' ? 'accept-post' : 'accept';
  return new ProblemError('unsupported_media_type', detail, { headers: { [name]: types.join(', ') } });
}

/** RFC 9110, section 12.5.3: a 415 because of a body's encoding names the encodings that are accepted. */
function encodingProblem({ headers }: FastifyRequest): ProblemError | null {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return null;
  const detail = `Bodies with "Content-Encoding: ${encoding}" are not accepted; send the body without an encoding`;
  return new ProblemError('unsupported_media_type', detail, { headers: { 'accept-encoding': 'identity' } });
}

/**
 * Reads the rest of a body whose request is rejected, up to a limit, while the response is sent: many clients write their whole body
 * before they read, and would get a broken pipe instead of a 401 or 413 if the connection were closed meanwhile. Others send only a
 * header and wait for the response. Afterwards the connection can be used again, or is closed when the client or the process wants that.
 */
export function discardBody({ raw }: FastifyRequest): void {
  const { socket } = raw;
  if (raw.complete || raw.destroyed) return;
  const close = socket.destroySoon.bind(socket);
  let discarded = 0;
  let isLast = false;
  // Node calls it at the end of a response with `Connection: close`; unread bytes would make the system discard the response.
  const closeLater = (): void => {
    isLast = true;
    socket.end();
  };
  socket.destroySoon = closeLater;
  const finish = (): void => {
    clearTimeout(timer);
    // Several events end a request, the last ones while the next one of the connection may be rejected.
    if (socket.destroySoon !== closeLater) return;
    socket.destroySoon = close;
    if (isLast) close();
  };
  const stop = (): void => {
    isLast = true;
    finish();
  };
  const timer = setTimeout(stop, DISCARD_TIMEOUT_MS).unref();
  raw.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > DISCARD_BYTES_LIMIT) stop();
  });
  for (const event of ['end', 'close', 'error']) raw.once(event, finish);
  raw.resume();
}
