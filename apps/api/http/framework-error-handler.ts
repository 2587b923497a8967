import { type ApiMetrics, type Logger } from '#telemetry';
import { all as addressesOf } from '@fastify/proxy-addr';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type AuditService } from '../audit/audit.service.js';
import { type Authenticate } from './hooks.js';
import { problemAnswer, ProblemError } from '../problems/problem.error.js';
import { BASIC_SECURITY_HEADERS } from './security-headers.js';
import { toProblem } from '../problems/to-problem.js';

/** How long the parts of a path can be, in characters. */
export const PATH_PARAMETER_LENGTH_LIMIT = 500;

/** What {@link handleFrameworkError} needs. */
export interface FrameworkErrorOptions {
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
  readonly standardHeaders: () => Readonly<Record<string, string>>;
  readonly authenticate: Authenticate;
  readonly trustedProxies: readonly string[];
  readonly audit: Pick<AuditService, 'responded'>;
}

/**
 * Responds to a request that Fastify rejects before its hooks run, such as one with a malformed path. 401 has precedence over
 * whatever is wrong with the request.
 */
export function handleFrameworkError(
  { logger, metrics, standardHeaders, authenticate, trustedProxies, audit }: FrameworkErrorOptions,
  { error, request, reply }: { error: Error; request: FastifyRequest; reply: FastifyReply },
): void {
  // Fastify does not read `X-Forwarded-For` of these requests; limits and the audit trail go by it.
  Object.defineProperty(request, 'ips', { value: addressesOf(request.raw, [...trustedProxies]) });
  // Nor does it add what `registerHooks` has decorated requests with.
  request.caller = null;
  const respond = (cause: unknown): void => {
    const problem = toProblem(cause);
    const { status, headers, body } = problemAnswer(problem, request.id);
    metrics.httpProblems.inc({ code: problem.code });
    metrics.responded({ method: request.method, route: undefined, status }, reply.elapsedTime);
    void reply
      .code(status)
      .headers({ ...BASIC_SECURITY_HEADERS, ...standardHeaders(), 'x-request-id': request.id, ...headers })
      .send(body);
    audit.responded(request, status);
  };
  authenticate(request, reply)
    .then(() => {
      respond(pathProblem(error));
    }, respond)
    .catch((failure: unknown) => {
      logger.error('Request failed', { request_id: request.id, error: failure });
      request.raw.destroy();
    });
}

/** What is wrong with a path: Fastify's own sentences repeat it, and have neither the limit nor a remedy. */
function pathProblem(error: Error): Error {
  if ('code' in error && error.code === 'FST_ERR_BAD_URL')
    return new ProblemError('malformed_request', 'The path is not percent-encoded UTF-8: write % as %25');
  if ('statusCode' in error && error.statusCode === 414)
    return new ProblemError(
      'uri_too_long',
      `A part of the path has more than ${PATH_PARAMETER_LENGTH_LIMIT} characters`,
    );
  return error;
}
