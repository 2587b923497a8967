import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type ProcessMetrics } from './process-metrics.js';

/** A running metrics server. */
export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What a metrics server serves, and where. */
export interface MetricsServerOptions {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
  readonly metrics: ProcessMetrics;
  /** Whether the process can do its work now: the answer of `GET /health`. */
  readonly isHealthy: () => boolean;
  /** Is called when the metrics cannot be read. */
  readonly onError: (error: unknown) => void;
}

/**
 * Serves `GET /metrics` in Prometheus's text format and `GET /health` (200 or 503) without authentication, on a port of its
 * own, which need not be reachable where the API is.
 * @throws when the port is in use
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, metrics } = options;
  metrics.collectNodeMetrics();
  const server = createServer((request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      options.onError(error);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { metrics: { registry }, isHealthy }: MetricsServerOptions,
): Promise<void> {
  // Node sends no body in response to HEAD, which some probes use.
  const path = request.method === 'GET' || request.method === 'HEAD' ? request.url?.split('?')[0] : undefined;
  switch (path) {
    case '/metrics': {
      const text = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(text);
      return;
    }
    case '/health': {
      const healthy = isHealthy();
      const body = JSON.stringify({ status: healthy ? 'ok' : 'unavailable' });
      response.writeHead(healthy ? 200 : 503, { 'content-type': 'application/json' }).end(body);
      return;
    }
    default:
      response.writeHead(404).end();
  }
}
