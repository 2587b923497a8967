import { bearerHook } from '#auth';
import { type Logger } from '#telemetry';
import { type FastifyInstance } from 'fastify';
import { type PendingRequests } from './pending-requests.js';
import { lizzyVersion } from '#config';

/** What happens to each request before and after its controller. */
export interface RequestHooks {
  readonly logger: Logger;
  readonly waits: PendingRequests;
  readonly standardHeaders: () => Readonly<Record<string, string>>;
  /** Routes that are no controller's and ask for no token. */
  readonly isPublic: (pattern: string) => boolean;
}

/** Registers the hooks; the order matters: headers first, so that a refusal has them, too. */
export function registerHooks(server: FastifyInstance, hooks: RequestHooks): void {
  const { logger, waits, standardHeaders, isPublic } = hooks;
  server.decorateRequest('caller', null);
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers({ ...standardHeaders(), 'x-request-id': request.id });
    done();
  });
  server.addHook('onRequest', bearerHook(isPublic));
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (waits.stopping) reply.header('connection', 'close');
    // Node sends headers as Latin-1, but in UTF-8 when it can send a text along with them (`_send` of _http_outgoing.js).
    done(null, typeof payload === 'string' ? Buffer.from(payload) : payload);
  });
  server.addHook('onResponse', (request, reply, done) => {
    // The pattern, not the address: queries may hold what belongs into no log.
    const fields = { method: request.method, route: request.routeOptions.url, status: reply.statusCode };
    const level = request.method === 'GET' || request.method === 'HEAD' ? 'debug' : 'info';
    const milliseconds = Math.round(reply.elapsedTime);
    logger[level]('Request answered', { ...fields, milliseconds, request_id: request.id, user: request.caller?.uid });
    done();
  });
}

/** The headers that every answer has beside its request's id. @param senzaVersion as the workers report it */
export function responseHeaders(senzaVersion: string): Readonly<Record<string, string>> {
  return { 'x-lizzy-version': lizzyVersion, 'x-senza-version': senzaVersion, 'x-content-type-options': 'nosniff' };
}
