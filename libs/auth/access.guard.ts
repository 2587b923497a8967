import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type FastifyRequest } from 'fastify';
import { Authenticator } from './authenticator.js';
import { PUBLIC_ROUTE } from './public.decorator.js';

/** Denies by default: a controller's method that is not `@Public()` runs only for a caller whom the hook has let in. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const open = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (open === true) return true;
    if (context.switchToHttp().getRequest<FastifyRequest>().caller === null)
      throw this.authenticator.denied('missing_token');
    return true;
  }
}
