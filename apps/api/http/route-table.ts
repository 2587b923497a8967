import { Injectable } from '@nestjs/common';
import { type FastifyInstance } from 'fastify';

/** A route as it was registered: a method, and a pattern such as `/api/jobs/:id`. */
export interface Route {
  readonly method: string;
  readonly pattern: string;
  /** Whether it requires no token. */
  readonly isPublic: boolean;
}

/** All routes of the process: to respond with 405 instead of 404, and to check that none is public by accident. */
@Injectable()
export class RouteTable {
  readonly routes: Route[] = [];

  /** Notes all routes that are registered from now on. */
  watch(server: FastifyInstance): void {
    server.addHook('onRoute', ({ method, url, config }) => {
      const isPublic = config?.public === true;
      for (const each of [method].flat()) this.routes.push({ method: each, pattern: url, isPublic });
    });
  }

  /** The methods that the path of this address takes; empty when it is unknown. */
  methodsOf(address: string): string[] {
    return [...new Set(this.routesOf(address).map(({ method }) => method))].sort();
  }

  /** Whether a request for this address that no route handles needs no token: of those of its path, the one with its method, or any. */
  isPublic(method: string, address: string): boolean {
    const routes = this.routesOf(address);
    const ofMethod = routes.filter((route) => route.method === method);
    return (ofMethod.length === 0 ? routes : ofMethod).some(({ isPublic }) => isPublic);
  }

  private routesOf(address: string): Route[] {
    const path = address.split('?')[0] ?? '';
    return this.routes.filter(({ pattern }) => matches(pattern, path));
  }
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.at(-1) !== '*' && wanted.length !== given.length) return false;
  return wanted.every(
    (part, index) => part === '*' || (part.startsWith(':') ? given[index] !== '' : part === given[index]),
  );
}
