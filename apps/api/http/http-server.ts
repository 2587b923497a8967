import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ApiProblem } from '../problems/api-problem.js';
import { problemAnswer } from '../problems/problem-document.js';
import { problemOfError } from '../problems/problem-of-error.js';
import { requestIdOf } from '../request-id/request-id.js';
import { answerBrokenConnection } from './broken-connection.js';

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
    clientErrorHandler: answerBrokenConnection(standardHeaders),
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const { status, headers, body } = problemAnswer(problemOfError(error), request.id);
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
function unreadableCoding(coding: string): ApiProblem {
  const detail = `A body with "Content-Encoding: ${coding}" is not read; send it without a coding`;
  return new ApiProblem('unsupported_media_type', detail, { headers: { 'accept-encoding': 'identity' } });
}
