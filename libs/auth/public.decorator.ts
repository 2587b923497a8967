import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';

export const PUBLIC_ROUTE = 'lizzy:public';

/** Opens a route to everybody: no token is asked for. The only way out of deny by default. */
export function Public(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(PUBLIC_ROUTE, true), RouteConfig({ public: true }));
}
