import { createMetrics, Gauge, type MetricsServer, startMetricsServer } from '#telemetry';
import { type JobProcessor } from '../engine/job-processor.js';

/** Serves the worker's figures to Prometheus, when a port is given. */
export async function startWorkerMetrics(port: number | null, runner: JobProcessor): Promise<MetricsServer | null> {
  if (port === null) return null;
  const registry = createMetrics({ process: 'worker' });
  new Gauge({
    name: 'lizzy_worker_running_jobs',
    help: 'Jobs that this worker is going on with; waiting ones do not count',
    registers: [registry],
    collect() {
      this.set(runner.running);
    },
  });
  return await startMetricsServer(registry, { port, host: '0.0.0.0' });
}
