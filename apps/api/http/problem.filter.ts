import { AccessDeniedError } from '#auth';
import { ApiMetrics } from '#telemetry';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { unsupportedMediaType } from './request-body.js';
import { RequestFailures } from './request-failures.js';
import { RouteTable } from './route-table.js';
import {
  JobFailedProblem,
  methodNotAllowed,
  type ProblemAnswer,
  problemAnswer,
  ProblemError,
} from '../problems/problem.error.js';
import { toProblem } from '../problems/to-problem.js';
import { PROBLEMS } from '../problems/problem-catalogue.js';

/** Responds to every exception with a problem document. A job that its caller no longer waits for is not logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly failures: RequestFailures,
    private readonly metrics: ApiMetrics,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { status, headers, body } = this.answer(error, request);
    void reply.code(status).headers(headers).send(body);
  }

  private answer(error: unknown, request: FastifyRequest): ProblemAnswer {
    if (error instanceof JobFailedProblem) return error.answer(request.id);
    const problem = this.withRoute(request, toProblem(error));
    this.metrics.httpProblems.inc({ code: problem.code });
    request.refusal = error instanceof AccessDeniedError ? error.denial : problem.code;
    if (PROBLEMS[problem.code].status >= 500 && problem.code !== 'job_unfinished')
      this.failures.log(error, problem.code, request);
    return problemAnswer(problem, request.id);
  }

  /**
   * Adds what the route says about the request: a path that exists with another method is a 405 with `Allow` (RFC 9110, section
   * 15.5.6), and a 415 names the media types that are accepted.
   */
  private withRoute(request: FastifyRequest, problem: ProblemError): ProblemError {
    if (problem.code === 'unsupported_media_type' && problem.parts.headers === undefined)
      return unsupportedMediaType(request);
    // Fastify checks the body of some methods before it looks for a route.
    if (problem.code !== 'not_found' && problem.code !== 'malformed_request') return problem;
    const methods = this.routes.methodsOf(request.url);
    if (methods.length === 0 || methods.includes(request.method)) {
      if (problem.code === 'malformed_request') return problem;
      return new ProblemError('not_found', `There is no resource at ${request.url.split('?')[0] ?? ''}`);
    }
    return methodNotAllowed(methods);
  }
}
