import { randomUUID } from 'node:crypto';
import { type Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { ApiProblem } from '../problems/api-problem.js';
import { problemAnswer } from '../problems/problem-document.js';
import { type ProblemCode } from '../problems/problems.js';

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what is no HTTP request at all, or one that came too slowly: below Fastify, straight to the socket. */
export function answerBrokenConnection(
  standardHeaders: () => Readonly<Record<string, string>>,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy(error);
      return;
    }
    const problem = new ApiProblem(CODES[error.code ?? ''] ?? 'malformed_request', 'The request cannot be read');
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
