import { type Caller } from '#auth';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';

/** The caller of a request. @throws TypeError on public routes */
export function callerOf({ caller }: Pick<FastifyRequest, 'caller'>): Caller {
  if (caller === null) throw new TypeError('a public route has no caller');
  return caller;
}

/** Identifies a user in counts and queues: users of different realms can have the same name. */
export function userKey({ realm, uid }: Pick<Caller, 'realm' | 'uid'>): string {
  return JSON.stringify([realm, uid]);
}

/** Who sent the request, as a parameter of a controller's method. */
export const RequestCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
