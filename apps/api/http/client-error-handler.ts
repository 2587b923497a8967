import { randomUUID } from 'node:crypto';
import { type IncomingMessage, METHODS, STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { methodNotAllowed, ProblemError, problemAnswer } from '../problems/problem.error.js';
import { BASIC_SECURITY_HEADERS } from './security-headers.js';
import { type ProblemCode } from '../problems/problem-catalogue.js';

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

/** What Node passes to `clientError`; `rawPacket` is what it could not parse. */
interface ClientError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** @param methodsOf the methods that the path of an address accepts */
function problemOf(
  { code = '', rawPacket }: ClientError,
  methodsOf: (address: string) => readonly string[],
): ProblemError {
  // Node knows a fixed list of methods and reports all others, and those of RTSP, like bytes that are not HTTP.
  const { method, address } = UNKNOWN_METHOD_CODES.includes(code)
    ? (REQUEST_LINE.exec(rawPacket?.toString('latin1', 0, 1024) ?? '')?.groups ?? {})
    : {};
  if (method !== undefined && address !== undefined && !METHODS.includes(method))
    return methodNotAllowed(methodsOf(address));
  const problem = PROBLEMS_OF_NODE[code] ?? MALFORMED;
  return new ProblemError(problem.code, problem.detail);
}
const UNKNOWN_METHOD_CODES: readonly string[] = ['HPE_INVALID_METHOD', 'HPE_INVALID_CONSTANT'];
const REQUEST_LINE = /^(?<method>[\w-]{1,40}) (?<address>\/\S*) HTTP\/1\.[01]\r\n/;

/** Responds to what is not an HTTP request, or came too slowly: below Fastify, directly on the socket. */
export function handleClientError(options: ClientErrorOptions): (error: ClientError, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy(error);
      return;
    }
    socket.end(rawResponse(problemOf(error, options.methodsOf), options));
  };
}

/** Responds to `CONNECT`, on which Node closes the connection without a word: the API is no proxy. */
export function handleConnect(options: ClientErrorOptions): (request: IncomingMessage, socket: Duplex) => void {
  return ({ url = '' }, socket) => {
    socket.on('error', () => undefined);
    socket.end(rawResponse(methodNotAllowed(options.methodsOf(url)), options), () => socket.destroy());
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
