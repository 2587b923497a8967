import { afterEach, describe, expect, it } from '@jest/globals';
import { Gauge } from 'prom-client';
import { ApiMetrics } from './api-metrics.js';
import { type MetricsServer, startMetricsServer } from './metrics-server.js';

describe('the metrics server', () => {
  let server: MetricsServer;
  let healthy: boolean;
  let metrics: ApiMetrics;
  let errors: unknown[];

  async function get(path: string): Promise<{ status: number; type: string | null; text: string }> {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  }

  async function start(): Promise<void> {
    healthy = true;
    metrics = new ApiMetrics('3.0.0');
    errors = [];
    server = await startMetricsServer({
      host: '127.0.0.1',
      port: 0,
      metrics,
      isHealthy: () => healthy,
      onError: (error) => errors.push(error),
    });
  }

  afterEach(async () => {
    await server.close();
  });

  it('serves the metrics of the process', async () => {
    await start();
    const { type, text } = await get('/metrics');
    expect(type).toMatch(/^text\/plain/);
    expect(text).toContain('process_cpu_seconds_total{process="api"}');
    expect(text).not.toMatch(/^# TYPE \w+_total gauge$/m);
  });

  it('serves the health of the process', async () => {
    await start();
    expect(await get('/health')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    healthy = false;
    expect((await get('/health')).status).toBe(503);
  });

  it('responds to HEAD, which some probes use', async () => {
    await start();
    const response = await fetch(`http://127.0.0.1:${server.port}/health`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('responds with 500 and reports the error when a metric cannot be read, and goes on', async () => {
    await start();
    const error = new Error('unreadable');
    const collect = (): void => {
      throw error;
    };
    new Gauge({ name: 'broken', help: 'Cannot be read', registers: [metrics.registry], collect });
    expect((await get('/metrics')).status).toBe(500);
    expect(errors).toEqual([error]);
    expect((await get('/health')).status).toBe(200);
  });

  it('serves nothing else', async () => {
    await start();
    expect((await get('/other')).status).toBe(404);
  });
});
