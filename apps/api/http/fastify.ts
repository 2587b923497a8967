import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type ApiConfig } from '#config';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { type ClientErrorOptions, handleClientError, handleConnect } from './connections/client-error-handler.js';
import { type ConnectionLimits } from './connections/connection-limits.js';
import { expectingContinue } from './connections/expect-continue.js';
import { PATH_PARAMETER_LENGTH_LIMIT } from './framework-error-handler.js';
import { MAX_FIELDS } from './header-fields.js';

/** Request IDs of callers that are used as they are: nothing that could break a log line or a header. */
const ACCEPTABLE_REQUEST_ID = /^[\w.~:+=/@-]{1,200}$/;

/** The ID of a request: its `X-Request-Id` when that is acceptable, else a new one. */
function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE_REQUEST_ID.test(given) ? given : randomUUID();
}

/** The scheme and the authority of an absolute target. */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/**
 * The target of a request without scheme and authority, which clients of proxies send (RFC 9112, section 3.2.2): links and idempotency
 * keys depend on its path.
 */
function withoutOrigin({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  const path = url.replace(ORIGIN, '');
  return path === url || path.startsWith('/') ? path : `/${path}`;
}

/** How large a request's body may be, in bytes; a definition has 256 KiB at most. */
const BODY_BYTES_LIMIT = 1024 * 1024;
/** How large all header fields of a request may be, in bytes. */
const HEADER_BYTES_LIMIT = 16 * 1024;
/** How often Node checks the time limits of requests, in milliseconds; it is late by this much at most. */
const TIMEOUT_CHECK_INTERVAL_MS = 2_000;
/** Longer than the idle timeout of usual load balancers (60 s), so that they close connections, not we. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** What the server needs to know of the process. */
export interface HttpServerOptions extends ClientErrorOptions {
  readonly trustedProxies: readonly string[];
  readonly limits: ApiConfig['limits'];
  readonly connections: ConnectionLimits;
  /** Responds to a request that Fastify rejects before its hooks run, such as one with a malformed path. */
  readonly onFrameworkError: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void;
}

/** The HTTP server below Nest, with its limits, and with problem documents where Nest is not involved. */
export function createHttpServer(options: HttpServerOptions): FastifyAdapter {
  const { trustedProxies, limits, connections, onFrameworkError } = options;
  return new FastifyAdapter({
    bodyLimit: BODY_BYTES_LIMIT,
    routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_LIMIT },
    return503OnClosing: false,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    genReqId: requestIdOf,
    rewriteUrl: withoutOrigin,
    frameworkErrors: onFrameworkError,
    clientErrorHandler: handleClientError(options),
    serverFactory: (handler: RequestListener) => {
      const limited = connections.limit(handler);
      const server = createServer(
        {
          maxHeaderSize: HEADER_BYTES_LIMIT,
          headersTimeout: limits.headerSeconds * 1000,
          requestTimeout: limits.bodySeconds * 1000,
          connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
          keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
          // Node would respond without a problem document, and without the limit of unanswered requests.
          requireHostHeader: false,
        },
        limited,
      );
      // An `Expect` that is not known is ignored (RFC 9110, section 10.1.1); the same limit applies.
      server.on('checkExpectation', limited);
      server.on('checkContinue', expectingContinue(limited));
      // Node drops further ones from `headers`, not from `rawHeaders`: `checkHeaderFields` rejects the request. Each takes microseconds.
      server.maxHeadersCount = MAX_FIELDS;
      server.on('connect', handleConnect(options));
      connections.watch(server);
      return server;
    },
  });
}
