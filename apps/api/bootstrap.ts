import 'reflect-metadata';
import accepts from '@fastify/accepts';
import { TokenCache } from '#auth';
import { ConfigurationError } from '#config';
import { DefinitionParser } from '#definition/parser.js';
import { keyspace } from '#redis';
import { NestLogger } from '#telemetry';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiModule } from './api.module.js';
import { AuditService } from './audit/audit.service.js';
import { type CoreOptions } from './core/core.module.js';
import { REDIS } from './core/injection-tokens.js';
import { AcceptBacklog } from './http/connections/accept-backlog.js';
import { ConnectionGate } from './http/connections/connection-gate.js';
import { ConnectionLimits } from './http/connections/connection-limits.js';
import { continueBeforeBodies } from './http/connections/expect-continue.js';
import { createHttpServer } from './http/fastify.js';
import { type Authenticate, authenticateWith, registerHooks } from './http/hooks.js';
import { responseHeaders } from './http/response-headers.js';
import { handleFrameworkError } from './http/framework-error-handler.js';
import { PendingRequests } from './http/pending-requests.js';
import { RateLimits } from './http/limits/rate-limits.js';
import { type OnVerified, RequestTurns } from './http/turns/request-turns.js';
import { parseBodies } from './http/request-body.js';
import { type Route, RouteTable } from './http/route-table.js';
import { registerSecurityHeaders } from './http/security-headers.js';
import { serveConsole } from './openapi/console.js';
import { openApiJson } from './openapi/document.js';
import { EventStreams } from './jobs/events/event-stream.js';
import { WorkerMonitor } from './status/worker-monitor.js';

/**
 * How many connections the system keeps until the process accepts them; Linux allows 4,096 by default (`net.core.somaxconn`). When
 * more arrive, the system drops them without an answer, and their clients try again after 1, 3 and 7 seconds.
 */
const BACKLOG = 4096;

/** What the modules know and the server needs. */
interface HttpServices {
  readonly routes: RouteTable;
  readonly workers: WorkerMonitor;
  readonly audit: AuditService;
  readonly authenticate: Authenticate;
}

/** A running API. */
export interface RunningApi {
  /** The port that it listens on. */
  readonly port: number;
  readonly routes: readonly Route[];
  /** Completes open requests, responds to waiting ones with the current state, and closes everything. */
  stop(): Promise<void>;
}

/**
 * Starts an API. It listens when this returns, whether or not Redis is reachable.
 * @throws ConfigurationError when Redis evicts keys, or the API cannot listen on its address
 */
export async function startApi(options: CoreOptions): Promise<RunningApi> {
  const { config, logger, metrics } = options;
  const connections = new ConnectionLimits(config.limits, (limit) => {
    metrics.connectionsClosed.inc({ limit });
  });
  // The server exists before the modules; it listens after them.
  let services: HttpServices | null = null;
  const standardHeaders = (): Readonly<Record<string, string>> =>
    responseHeaders(services?.workers.senzaVersion ?? 'unknown');
  const adapter = createHttpServer({
    trustedProxies: config.trustedProxies,
    limits: config.limits,
    onProblem: (code) => {
      metrics.httpProblems.inc({ code });
    },
    connections,
    standardHeaders,
    methodsOf: (address) => services?.routes.methodsOf(address) ?? [],
    onFrameworkError: (error, request, reply) => {
      if (services === null) return;
      const { trustedProxies } = config;
      const parts = { logger, metrics, standardHeaders, trustedProxies, ...services };
      handleFrameworkError(parts, { error, request, reply });
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(options), adapter, {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const server = app.getHttpAdapter().getInstance();
  const routes = app.get(RouteTable);
  const workers = app.get(WorkerMonitor);
  const audit = app.get(AuditService);
  routes.watch(server);
  server.addHook('preClose', (done) => {
    gate.open();
    connections.closeUnused();
    done();
  });
  parseBodies(server);
  continueBeforeBodies(server);
  await server.register(accepts);
  await registerSecurityHeaders(server);
  const limits = await RateLimits.register(server, {
    redis: app.get(REDIS),
    keyPrefix: keyspace(config.queuePrefix).key('rate-limit', ''),
    perMinute: config.rateLimitPerMinute,
  });
  const waits = app.get(PendingRequests);
  const tokens = app.get(TokenCache);
  const backlog = new AcceptBacklog();
  const onVerified: OnVerified = (connection, response, user) => {
    connections.verified(connection);
    gate.allow(user, connection, response);
  };
  const onDenied: ConnectionGate['deny'] = (connection, response) => {
    gate.deny(connection, response);
  };
  const turns = new RequestTurns(tokens, onVerified, onDenied, backlog.whenEmpty);
  const gate = new ConnectionGate({ limits: config.limits, backlog, turns });
  gate.watch(server.server);
  backlog.watch(server.server);
  const authenticate = authenticateWith(limits, turns, routes);
  services = { routes, workers, audit, authenticate };
  registerHooks(server, { logger, metrics, audit, waits, limits, authenticate, turns, standardHeaders });
  serveConsole(server, () => openApiJson(app, config));
  await app.init();
  // Nest's own `listen` would also log the error, in its words.
  await server.listen({ port: config.port, host: config.host, backlog: BACKLOG }).catch((error: unknown) => {
    throw ConfigurationError.cannotListen(error, { variable: 'PORT', port: config.port, host: config.host }) ?? error;
  });
  const streams = app.get(EventStreams);
  const definitions = app.get(DefinitionParser);
  metrics.sources = {
    queuedRequests: () => turns.waiting,
    waitingRequests: () => waits.count,
    eventStreams: () => streams.size,
    resting: () => ({ ...turns.resting, definitions: definitions.resting }),
    circuit: () => tokens.circuit,
  };
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return { port, routes: routes.routes, stop: () => app.close() };
}
