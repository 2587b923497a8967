import { type FastifyRequest } from 'fastify';
import { type Authenticator, type Caller } from './authenticator.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent this request; null on open routes. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Set by `@Public()`. */
    public?: boolean;
  }
}

/**
 * A hook for Fastify's `onRequest`: finds out who asks before anything of the body is read, so that a request without a
 * valid token gets its 401 before any 400, 404, 413 or 415. Guards run too late for that.
 * @param isOpen routes that cannot carry `@Public()`, by their pattern
 */
export function accessHook(
  authenticator: Authenticator,
  isOpen: (pattern: string) => boolean,
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const { config, url } = request.routeOptions;
    if (config.public === true || (url !== undefined && isOpen(url))) return;
    request.caller = await authenticator.authenticate(request.headers.authorization);
  };
}
