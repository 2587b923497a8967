import { isTerminal, type JobKeys, jobStatus, readStoreFigures, WorkerRegistry } from '#jobs';
import { WorkerMetrics } from '#telemetry';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { JOB_KEYS } from '../core/injection-tokens.js';
import { RedisConnections } from '../core/redis-connections.js';
import { WorkerState } from '../core/worker-state.js';
import { JobProcessor } from '../engine/job-processor.js';
import { kinds } from '../kinds/index.js';
import { HealthCheck } from './health-check.service.js';

/** Connects the gauges of the worker, which are read at each scrape, with what they show. */
@Injectable()
export class MetricSources implements OnModuleInit {
  constructor(
    private readonly metrics: WorkerMetrics,
    private readonly processor: JobProcessor,
    private readonly state: WorkerState,
    private readonly health: HealthCheck,
    private readonly connections: RedisConnections,
    private readonly workers: WorkerRegistry,
    @Inject(JOB_KEYS) private readonly keys: JobKeys,
  ) {}

  onModuleInit(): void {
    this.startAtZero();
    const { metrics, processor, state, health, connections, workers, keys } = this;
    metrics.sources = {
      runningJobs: () => processor.running,
      resting: () => processor.resting,
      isHealthy: () => !state.draining && health.unhealthy === null,
    };
    metrics.store.source = () => readStoreFigures(connections.commands, keys, workers);
  }

  /** Prometheus's `increase()` does not see a counter that appears with a value other than 0. */
  private startAtZero(): void {
    for (const kind of kinds.keys())
      for (const status of jobStatus.options)
        if (isTerminal(status)) this.metrics.jobsFinished.inc({ kind, status }, 0);
  }
}
