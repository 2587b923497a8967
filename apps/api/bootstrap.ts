import 'reflect-metadata';
import { NestLogger } from '#telemetry';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiModule } from './api.module.js';
import { createHttpServer, readJsonOnly } from './http/fastify.js';
import { PendingRequests } from './http/pending-requests.js';
import { registerHooks } from './http/hooks.js';
import { type Route, RouteTable } from './http/route-table.js';
import { closeUnusedSockets } from './http/fastify.js';
import { responseHeaders } from './http/hooks.js';
import { isConsoleRoute, serveConsole } from './openapi/document.js';
import { type CoreOptions } from './core/core.module.js';
import { WorkerMonitor } from './status/worker-monitor.js';

/** An API that answers. */
export interface RunningApi {
  /** The port that it listens on. */
  readonly port: number;
  readonly routes: readonly Route[];
  /** Finishes open requests, answers those that wait with what stands, and closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts an API. It listens when this returns, whether or not Redis is there.
 * @throws ConfigurationError when Redis is there and not fit for jobs
 */
export async function startApi(parts: CoreOptions): Promise<RunningApi> {
  const { config, logger } = parts;
  // The server is there before the module that knows the workers.
  let headers = (): Readonly<Record<string, string>> => responseHeaders('unknown');
  const adapter = createHttpServer({ trustedProxies: config.trustedProxies, standardHeaders: () => headers() });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(parts), adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const server = app.getHttpAdapter().getInstance();
  const routes = app.get(RouteTable);
  const workers = app.get(WorkerMonitor);
  headers = () => responseHeaders(workers.senzaVersion);
  routes.watch(server);
  const closeSilent = closeUnusedSockets(server.server);
  server.addHook('preClose', (done) => {
    closeSilent();
    done();
  });
  readJsonOnly(server);
  const hooks = {
    logger,
    waits: app.get(PendingRequests),
    isPublic: isConsoleRoute,
  };
  registerHooks(server, { ...hooks, standardHeaders: () => headers() });
  serveConsole(app, config);
  await app.listen(config.port, config.host);
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return { port, routes: routes.routes, stop: () => app.close() };
}
