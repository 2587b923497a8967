import { Readable } from 'node:stream';
import { AccessDeniedError, bearerHook, type Caller, isSafeMethod } from '#auth';
import { type ApiMetrics, type Logger, openSpan, type OpenSpan, parseTraceparent, withLogFields } from '#telemetry';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type AuditService } from '../audit/audit.service.js';
import { checkHeaderFields } from './header-fields.js';
import { checkQuery } from './limits/query-limit.js';
import { type PendingRequests } from './pending-requests.js';
import { ProblemError } from '../problems/problem.error.js';
import { type RateLimits } from './limits/rate-limits.js';
import { discardBody } from './request-body.js';
import { isProbe, type RequestTurns } from './turns/request-turns.js';
import { type RouteTable } from './route-table.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller of a denied request, if its token is valid. */
    deniedCaller: Caller | null;
    /** Why the request was refused: the code of the denial or the problem. */
    refusal: string | null;
    /** Whether the change that it requests was accepted. */
    isAccepted: boolean;
    /** Its span; null before the hooks run. */
    span: OpenSpan | null;
  }
}

/** What happens to each request before and after its controller. */
export interface RequestHooks {
  readonly logger: Logger;
  readonly metrics: ApiMetrics;
  readonly audit: AuditService;
  readonly waits: PendingRequests;
  readonly limits: RateLimits;
  readonly authenticate: Authenticate;
  readonly turns: RequestTurns;
  readonly standardHeaders: () => Readonly<Record<string, string>>;
}

/** The route of the span of a request to an unknown path. */
const NO_ROUTE = 'none';

/** Registers the hooks; the order matters: header fields first, so that a rejection has them, too. */
export function registerHooks(server: FastifyInstance, hooks: RequestHooks): void {
  const { logger, metrics, audit, waits, limits, authenticate, turns, standardHeaders } = hooks;
  server.decorateRequest('caller', null);
  server.decorateRequest('span', null);
  server.decorateRequest('deniedCaller', null);
  server.decorateRequest('refusal', null);
  server.decorateRequest('isAccepted', false);
  server.decorateRequest('endTurn', null);
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers({ ...standardHeaders(), 'x-request-id': request.id });
    if (!isProbe(request)) request.span = openSpan(parseTraceparent(request.headers['traceparent']));
    withLogFields({ request_id: request.id }, done, request.span);
  });
  server.addHook('onRequest', async (request, reply) => {
    await authenticate(request, reply);
    checkQuery(request.raw);
    if (!isProbe(request)) await limits.count(request, reply);
    // Fastify would read the body first.
    if (request.routeOptions.url === undefined) throw new ProblemError('not_found', 'There is no such resource');
  });
  server.addHook('preValidation', (request, reply) => turns.afterBody(request, reply));
  // The body arrives in events of the connection, outside of the context of the request.
  server.addHook('preValidation', (request, _reply, done) => {
    withLogFields({ request_id: request.id }, done, request.span);
  });
  server.addHook('onSend', (request, reply, payload, done) => {
    // Of responses that follow others on a connection, `prefinish` waits until the client has read those.
    if (!(payload instanceof Readable)) request.endTurn?.();
    if (reply.statusCode >= 400) discardBody(request);
    if (waits.stopping) reply.header('connection', 'close');
    // Node sends header fields as Latin-1, but as UTF-8 when it can send a text along with them (`_send` of _http_outgoing.js).
    done(null, typeof payload === 'string' ? Buffer.from(payload) : payload);
  });
  server.addHook('onResponse', (request, reply, done) => {
    audit.responded(request, reply.statusCode);
    // The pattern, not the URL: queries may hold what must not be logged.
    const { method } = request;
    const { statusCode: status } = reply;
    const route = request.routeOptions.url;
    metrics.responded({ method, route, status }, reply.elapsedTime);
    request.span?.end({
      name: `${method} ${route ?? NO_ROUTE}`,
      failed: status >= 500,
      attributes: {
        'http.request.method': method,
        'http.route': route ?? NO_ROUTE,
        'http.response.status_code': status,
        'lizzy.request_id': request.id,
      },
    });
    const fields = { method, route, status, milliseconds: Math.round(reply.elapsedTime) };
    const level = isSafeMethod(method) ? 'debug' : 'info';
    // Probes come every few seconds.
    if (!isProbe(request) || status >= 500)
      logger[level]('Request answered', {
        ...fields,
        request_id: request.id,
        job_id: acceptedJob(reply),
        user: request.caller?.uid,
      });
    done();
  });
}

/** The ID of the job that a request was accepted as, by the fields of its response. */
function acceptedJob(reply: FastifyReply): string | undefined {
  const id =
    reply.getHeader('x-lizzy-job-id') ?? /^\/api\/jobs\/([\w-]+)$/.exec(String(reply.getHeader('location')))?.[1];
  return id === undefined ? undefined : String(id);
}

/** Admits a request, or throws the reason why it is rejected. */
export type Authenticate = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/**
 * Checks the header fields of a request and authenticates it when it is its turn: requests with too many of them would leave no
 * time for others. Those that are denied are counted. Another method of a public path is a 405, and a malformed one a 400, for
 * everybody: a token would make no difference.
 */
export function authenticateWith(limits: RateLimits, turns: RequestTurns, routes: RouteTable): Authenticate {
  const authenticate: Authenticate = async (request, reply) => {
    checkHeaderFields(request.raw);
    if (request.routeOptions.url === undefined && routes.isPublic(request.method, request.url)) return;
    try {
      await bearerHook(request, reply);
    } catch (error) {
      if (error instanceof AccessDeniedError) {
        request.deniedCaller = error.caller;
        request.refusal = error.denial;
        await limits.countDenied(request, reply);
      }
      throw error;
    }
  };
  return (request, reply) => turns.inTurn(request, reply, () => authenticate(request, reply));
}
