import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type Caller } from './authenticator.js';

/** The caller of a route that is not open, as a parameter of its method. */
export const CallerOfRequest = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (caller === null) throw new TypeError('an open route has no caller');
  return caller;
});
