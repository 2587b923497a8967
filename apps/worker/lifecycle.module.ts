import { HistoryRetention } from './lifecycle/history-retention.service.js';
import { Module } from '@nestjs/common';
import { StepServicesModule } from './engine/step-services.module.js';
import { EngineModule } from './engine.module.js';
import { StackQueriesModule } from './stack-queries/stack-queries.module.js';
import { GracefulShutdown } from './lifecycle/graceful-shutdown.service.js';
import { HealthCheck } from './lifecycle/health-check.service.js';
import { Heartbeat } from './lifecycle/heartbeat.service.js';
import { OrphanSweep } from './lifecycle/orphan-sweep.service.js';
import { MetricSources } from './lifecycle/metric-sources.service.js';

/** What a worker process does besides jobs: heartbeat, metrics, removal of orphans, graceful shutdown. */
@Module({
  imports: [StepServicesModule, EngineModule, StackQueriesModule],
  providers: [HistoryRetention, OrphanSweep, HealthCheck, Heartbeat, MetricSources, GracefulShutdown],
})
export class LifecycleModule {}
