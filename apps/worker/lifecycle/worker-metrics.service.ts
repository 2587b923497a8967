import { type WorkerConfig } from '#config';
import { createMetrics, Gauge, type MetricsServer, startMetricsServer } from '#telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { WORKER_CONFIG } from '../core/injection-tokens.js';
import { SenzaMetrics } from '../core/senza-metrics.js';
import { JobProcessor } from '../engine/job-processor.js';

/** Serves the worker's metrics to Prometheus when `METRICS_PORT` is set. */
@Injectable()
export class WorkerMetrics implements OnModuleInit, BeforeApplicationShutdown {
  private server: MetricsServer | null = null;

  constructor(
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
    private readonly processor: JobProcessor,
    private readonly senza: SenzaMetrics,
  ) {}

  async onModuleInit(): Promise<void> {
    const { metricsPort: port } = this.config;
    if (port === null) return;
    const { processor } = this;
    const registry = createMetrics({ process: 'worker' });
    this.senza.registerIn(registry);
    new Gauge({
      name: 'lizzy_worker_running_jobs',
      help: 'Jobs currently being processed by this worker',
      registers: [registry],
      collect() {
        this.set(processor.running);
      },
    });
    this.server = await startMetricsServer(registry, { port, host: '0.0.0.0' });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.server?.close();
  }
}
