import { ApiMetrics, ErrorReporter, Logger } from '#telemetry';
import { Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type ProblemCode } from '../problems/problem-catalogue.js';

/** Logs requests that failed: a bug of the agent as an error, which is also reported, an unavailable dependency as a warning. */
@Injectable()
export class RequestFailures {
  constructor(
    private readonly logger: Logger,
    private readonly reporter: ErrorReporter,
    private readonly metrics: ApiMetrics,
  ) {}

  /** Logs a request with the code of its problem. */
  log(error: unknown, code: ProblemCode, request: FastifyRequest): void {
    const fields = { request_id: request.id, route: request.routeOptions.url, code };
    if (code !== 'internal') {
      // The outage itself is logged by TokenServiceLog.
      const level = code === 'token_service_unavailable' ? 'debug' : 'warn';
      this.logger[level]('Request failed', { ...fields, reason: reasonOf(error) });
      return;
    }
    this.metrics.unexpectedErrors.inc();
    this.logger.error('Request failed', { ...fields, error });
    this.reporter.report(error, { tags: { request_id: request.id, route: fields.route ?? 'unknown' } });
  }
}

/** The messages of an error and its causes, in one line: no stack, since the agent is not what failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}
