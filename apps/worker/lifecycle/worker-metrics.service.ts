import { WorkerConfig } from '#config';
import { createMetricsRegistry, type MetricsServer, startMetricsServer } from '#telemetry';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { WorkerState } from '../core/worker-state.js';
import { SenzaMetrics } from '../core/senza-metrics.js';
import { JobProcessor } from '../engine/job-processor.js';

/** Serves the worker's metrics and health when `METRICS_PORT` is set. A draining worker is not healthy. */
@Injectable()
export class WorkerMetrics implements OnModuleInit, BeforeApplicationShutdown {
  private server: MetricsServer | null = null;

  constructor(
    private readonly config: WorkerConfig,
    private readonly processor: JobProcessor,
    private readonly state: WorkerState,
    private readonly senza: SenzaMetrics,
  ) {}

  async onModuleInit(): Promise<void> {
    const { metrics } = this.config;
    if (metrics === null) return;
    const { processor, state } = this;
    const registry = createMetricsRegistry({ process: 'worker' });
    this.senza.registerIn(registry);
    new Gauge({
      name: 'lizzy_worker_running_jobs',
      help: 'Jobs currently being processed by this worker',
      registers: [registry],
      collect() {
        this.set(processor.running);
      },
    });
    this.server = await startMetricsServer({ ...metrics, registry, isHealthy: () => !state.draining });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.server?.close();
  }
}
