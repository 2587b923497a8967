import { describe, expect, it } from '@jest/globals';
import { createMetrics } from './metrics.js';
import { startMetricsServer } from './metrics-server.js';

describe('the metrics server', () => {
  it('serves the figures, and nothing else', async () => {
    const server = await startMetricsServer(createMetrics({ process: 'api' }), { port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await answer.text()).toContain('process_cpu_seconds_total{process="api"}');
    expect((await fetch(`${url}/other`)).status).toBe(404);
    await server.close();
  });
});
