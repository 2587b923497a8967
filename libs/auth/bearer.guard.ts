import { applyDecorators, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { AccessDeniedError, type Caller } from './access-rules.js';
import { authenticateBearer, BEARER } from './bearer.strategy.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent this request; null on public routes. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Set by `@Public()`. */
    public?: boolean;
  }
}

const PUBLIC_ROUTE = 'lizzy:public';

/** Makes a route public: it requires no token. All other routes do. */
export function Public(): MethodDecorator {
  return applyDecorators(SetMetadata(PUBLIC_ROUTE, true), RouteConfig({ public: true }));
}

/**
 * Requires authentication on every route of a controller that is not `@Public()`. Requests were usually authenticated by the
 * {@link bearerHook} before.
 */
@Injectable()
export class BearerGuard extends AuthGuard(BEARER) {
  constructor(private readonly reflector: Reflector) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (isPublic === true) return true;
    if (context.switchToHttp().getRequest<FastifyRequest>().caller !== null) return true;
    return (await super.canActivate(context)) === true;
  }

  override getAuthenticateOptions(): { session: boolean; property: string } {
    return { session: false, property: 'caller' };
  }

  override handleRequest<T>(error: unknown, caller: T | false | null): T {
    if (error instanceof Error) throw error;
    if (caller === false || caller === null) throw new AccessDeniedError('missing_token');
    return caller;
  }
}

/**
 * A hook for Fastify's `onRequest`: authenticates a request before its body is read, so that a request without a valid token gets
 * 401 rather than 400, 404, 413 or 415. Guards run too late for that. Routes with `public` in their configuration are left out.
 * @throws AccessDeniedError, TokenServiceUnavailableError
 */
export async function bearerHook(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (request.routeOptions.config.public === true) return;
  request.caller = await authenticateBearer(request, reply);
}
