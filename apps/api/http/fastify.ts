import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES, type Server } from 'node:http';
import { type Socket } from 'node:net';
import { ProblemError, problemAnswer } from '../problems/problem.error.js';
import { type ProblemCode } from '../problems/problem-catalogue.js';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { toProblem } from '../problems/to-problem.js';

/** What a caller's own id may look like: nothing that could break a log line or a header. */
const ACCEPTABLE = /^[\w.~:+=/@-]{1,200}$/;

/** The id of a request: its `X-Request-Id` when that is acceptable, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
}

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what is no HTTP request at all, or one that came too slowly: below Fastify, straight to the socket. */
export function handleClientError(
  standardHeaders: () => Readonly<Record<string, string>>,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy(error);
      return;
    }
    const problem = new ProblemError(CODES[error.code ?? ''] ?? 'malformed_request', 'The request cannot be read');
    const requestId = randomUUID();
    const { status, headers, body } = problemAnswer(problem, requestId);
    const length = String(body.length);
    const all = {
      ...standardHeaders(),
      'x-request-id': requestId,
      ...headers,
      'content-length': length,
      connection: 'close',
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body.toString()].join('\r\n'));
  };
}

/** How large a request's body may be, in bytes; a definition has 256 KiB at most. */
const BODY_BYTES_LIMIT = 1024 * 1024;
/** How large all headers of a request may be, in bytes. */
const HEADER_BYTES_LIMIT = 16 * 1024;
/** How long a client may take to send its request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the idle timeout of usual load balancers (60 s), so that they close connections, not we. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const PATH_PARAMETER_LENGTH_LIMIT = 500;

/** What the server needs to know of the process. */
export interface HttpServerOptions {
  readonly trustedProxies: readonly string[];
  /** Headers that every answer has. */
  readonly standardHeaders: () => Readonly<Record<string, string>>;
}

/** The HTTP server below Nest, with its limits, and with problem documents where Nest has no say. */
export function createHttpServer({ trustedProxies, standardHeaders }: HttpServerOptions): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_BYTES_LIMIT,
    http: { maxHeaderSize: HEADER_BYTES_LIMIT },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_LIMIT },
    return503OnClosing: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    genReqId: requestIdOf,
    clientErrorHandler: handleClientError(standardHeaders),
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const { status, headers, body } = problemAnswer(toProblem(error), request.id);
      void reply
        .code(status)
        .headers({ ...standardHeaders(), 'x-request-id': request.id, ...headers })
        .send(body);
    },
  });
}

/** Only JSON is read, as it is (415 for all else, compressed bodies included). No body at all is left to the schema of the route. */
export function readJsonOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const coding = request.headers['content-encoding'] ?? 'identity';
    if (coding.toLowerCase() !== 'identity') done(unreadableCoding(coding));
    else if (body === '') done(null, undefined);
    else void parse(request, String(body), done);
  });
}

/** RFC 9110, section 12.5.3: a 415 because of a body's coding says which ones are read. */
function unreadableCoding(coding: string): ProblemError {
  const detail = `A body with "Content-Encoding: ${coding}" is not read; send it without a coding`;
  return new ProblemError('unsupported_media_type', detail, { headers: { 'accept-encoding': 'identity' } });
}

/**
 * Closes connections on which nothing has ever been sent when the server closes, as clients and load balancers keep them
 * in store. To Node they are not idle (`closeIdleConnections`): it would wait for a request on them, for a minute.
 * @returns what closes them
 */
export function closeUnusedSockets(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}
