import { type CommandStart } from '#senza';
import { createMetrics, Gauge, Histogram, type MetricsServer, type Registry, startMetricsServer } from '#telemetry';
import { type JobProcessor } from '../engine/job-processor.js';

const SECONDS = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300];

/** Durations of Senza's commands. */
export class SenzaMetrics {
  private readonly durations = new Histogram({
    name: 'lizzy_senza_command_duration_seconds',
    help: 'How long commands of Senza took: warm are forks of the template, cold ones started without it',
    labelNames: ['command', 'start'],
    buckets: SECONDS,
    registers: [],
  });

  /** A command has ended, in whatever way. */
  ended(command: string, start: CommandStart, durationMs: number): void {
    this.durations.observe({ command, start }, durationMs / 1000);
  }

  /** Has a registry serve them. */
  registerIn(registry: Registry): void {
    registry.registerMetric(this.durations);
  }
}

/** Serves the worker's figures to Prometheus, when a port is given. */
export async function startWorkerMetrics(
  port: number | null,
  runner: JobProcessor,
  senza: SenzaMetrics,
): Promise<MetricsServer | null> {
  if (port === null) return null;
  const registry = createMetrics({ process: 'worker' });
  senza.registerIn(registry);
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
