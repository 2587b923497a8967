import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { fieldProblem } from '../problems/to-problem.js';

const queryOf = z.record(z.string(), z.unknown());
const parametersOf = z.record(z.string(), z.unknown()).default({});

/**
 * Refuses query parameters of methods that declare none. Methods with a `@Query({ schema })` have strict schemas, which
 * refuse what they do not know by themselves.
 */
@Injectable()
export class UnknownQueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const given = Object.keys(queryOf.parse(context.switchToHttp().getRequest<FastifyRequest>().query));
    if (given.length === 0 || declaresQuery(context)) return true;
    throw fieldProblem(given.map((name) => ({ pointer: `/${name}`, detail: 'is unknown' })));
  }
}

function declaresQuery(context: ExecutionContext): boolean {
  // Nest keeps a method's decorated parameters under `KIND:INDEX`.
  const declared: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name);
  return Object.keys(parametersOf.parse(declared)).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}
