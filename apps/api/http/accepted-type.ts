import { type FastifyRequest } from 'fastify';

/**
 * The media type that the `Accept` header of a request prefers (RFC 9110, section 12.5.1); the first one when it has none, or accepts none
 * of them. With a charset, as the responses have it, a type is the same type.
 */
export function acceptedType<T extends string>(request: FastifyRequest, types: readonly [T, ...T[]]): T {
  const preferred = request.accepts().type(types.flatMap((type) => [type, `${type};charset=utf-8`]));
  return types.find((type) => preferred === type || preferred === `${type};charset=utf-8`) ?? types[0];
}
