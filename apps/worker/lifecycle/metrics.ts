import { type WorkerConfig } from '#config';
import { createMetricsRegistry, type MetricsServer, startMetricsServer } from '#telemetry';
import { Gauge } from 'prom-client';
import { type JobProcessor } from '../engine/job-processor.js';

/** Serves the worker's metrics and health, if a port is configured. */
export async function startWorkerMetrics(
  metrics: WorkerConfig['metrics'],
  processor: JobProcessor,
  isHealthy: () => boolean,
): Promise<MetricsServer | null> {
  if (metrics === null) return null;
  const registry = createMetricsRegistry({ process: 'worker' });
  new Gauge({
    name: 'lizzy_worker_running_jobs',
    help: 'Jobs currently being processed by this worker; waiting jobs do not count',
    registers: [registry],
    collect() {
      this.set(processor.running);
    },
  });
  return await startMetricsServer({ ...metrics, registry, isHealthy });
}
