import { randomUUID } from 'node:crypto';
import { type IncomingMessage, METHODS, ServerResponse, STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { methodNotAllowed, ProblemError, problemAnswer } from '../../problems/problem.error.js';
import { FairLimiter } from '../turns/fair-limiter.js';
import { BASIC_SECURITY_HEADERS } from '../security-headers.js';
import { type ProblemCode } from '../../problems/problem-catalogue.js';

/**
 * How many of these responses are made until other events of the process are handled: thousands of connections with a part of a header
 * are closed by their clients, or are late, at the same time.
 */
const RESPONSES_AT_ONCE = 16;

/** What Node reports about a request that it cannot parse (llhttp's names), or that took too long. */
const PROBLEMS_OF_NODE: Readonly<Record<string, { readonly code: ProblemCode; readonly detail: string }>> = {
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', detail: 'The header fields are larger than 16 KiB' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'request_timeout', detail: 'The request was not received in time' },
};
const MALFORMED = { code: 'malformed_request', detail: 'The request is not valid HTTP/1.1' } as const;

/** What {@link handleClientError} needs. */
export interface ClientErrorOptions {
  /** Header fields of every response. */
  readonly standardHeaders: () => Readonly<Record<string, string>>;
  /** Called for each response to what is not an HTTP request, or came too slowly. */
  readonly onProblem: (code: ProblemCode) => void;
  /** The methods that the path of this address accepts; empty when it is unknown. */
  readonly methodsOf: (address: string) => readonly string[];
}

/** What Node passes to `clientError`; `rawPacket` is what it could not parse, a `Buffer`, whatever Fastify's types say. */
interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: unknown;
}

/** @param methodsOf the methods that the path of an address accepts */
function problemOf(
  { code = '', rawPacket }: ClientError,
  methodsOf: (address: string) => readonly string[],
): ProblemError {
  // Node knows a fixed list of methods and reports all others, and those of RTSP, like bytes that are not HTTP.
  const { method, address } = UNKNOWN_METHOD_CODES.includes(code)
    ? (REQUEST_LINE.exec(Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1', 0, 1024) : '')?.groups ?? {})
    : {};
  if (method !== undefined && address !== undefined && !METHODS.includes(method))
    return methodNotAllowed(methodsOf(address));
  const problem = PROBLEMS_OF_NODE[code] ?? MALFORMED;
  return new ProblemError(problem.code, problem.detail);
}
const UNKNOWN_METHOD_CODES: readonly string[] = ['HPE_INVALID_METHOD', 'HPE_INVALID_CONSTANT'];
const REQUEST_LINE = /^(?<method>[\w-]{1,40}) (?<address>\/\S*) HTTP\/1\.[01]\r\n/;

/**
 * Responds to what is not an HTTP request, or came too slowly: below Fastify, directly on the socket, and closes the connection. Within
 * another response, and in the place of one, nothing is sent.
 */
export function handleClientError(options: ClientErrorOptions): (error: ClientError, socket: Socket) => void {
  const turns = new FairLimiter({ total: RESPONSES_AT_ONCE });
  const rejected = new WeakSet<Socket>();
  return (error, socket) => {
    // Node reports a late request again until its connection is closed.
    if (rejected.has(socket)) return;
    rejected.add(socket);
    // The request may not continue until it is rejected.
    socket.pause();
    const endTurn = turns.request(socket.remoteAddress ?? '', () => {
      queueMicrotask(() => {
        endTurn();
      });
      if (error.code === 'ECONNRESET') socket.destroy(error);
      else reject(socket, () => rawResponse(problemOf(error, options.methodsOf), options));
    });
  };
}

/**
 * Ends the connection with a response. Complete requests before the rejected one get their own first: their client would take this one
 * for theirs. Within a response that goes on, like a stream of events, nothing can be sent. `_httpMessage` of Node, which is not public,
 * is the response that the connection has come to.
 */
function reject(socket: Duplex, response: () => string): void {
  const current: unknown = Reflect.get(socket, '_httpMessage');
  const before: ServerResponse | null = current instanceof ServerResponse ? current : null;
  if (!socket.writable || (before?.headersSent === true && !before.writableEnded)) socket.destroy();
  // Without headers, to an incomplete request: that is the rejected one.
  else if (before === null || !(before.headersSent || before.req.complete))
    socket.end(response(), () => socket.destroy());
  else {
    before.once('close', () => {
      reject(socket, response);
    });
  }
}

/** Responds to `CONNECT`, on which Node closes the connection without a word: the API is no proxy. */
export function handleConnect(options: ClientErrorOptions): (request: IncomingMessage, socket: Duplex) => void {
  return ({ url = '' }, socket) => {
    socket.on('error', () => undefined);
    reject(socket, () => rawResponse(methodNotAllowed(options.methodsOf(url)), options));
  };
}

/** The bytes of a response that closes the connection. */
function rawResponse(problem: ProblemError, { standardHeaders, onProblem }: ClientErrorOptions): string {
  onProblem(problem.code);
  const requestId = randomUUID();
  const { status, headers, body } = problemAnswer(problem, requestId);
  const length = String(body.length);
  const own = { 'x-request-id': requestId, 'content-length': length, connection: 'close' };
  const lines = Object.entries({ ...BASIC_SECURITY_HEADERS, ...standardHeaders(), ...headers, ...own }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body.toString()].join('\r\n');
}
