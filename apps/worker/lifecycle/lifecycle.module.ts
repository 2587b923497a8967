import { HistoryRetention } from './history-retention.service.js';
import { Module } from '@nestjs/common';
import { StepServicesModule } from '../engine/step-services.module.js';
import { EngineModule } from '../engine.module.js';
import { StackQueriesModule } from '../stack-queries/stack-queries.module.js';
import { GracefulShutdown } from './graceful-shutdown.service.js';
import { HealthCheck } from './health-check.service.js';
import { Heartbeat } from './heartbeat.service.js';
import { OrphanSweep } from './orphan-sweep.service.js';
import { MetricSources } from './metric-sources.service.js';

/** What a worker process does besides jobs: heartbeat, metrics, removal of orphans, graceful shutdown. */
@Module({
  imports: [StepServicesModule, EngineModule, StackQueriesModule],
  providers: [HistoryRetention, OrphanSweep, HealthCheck, Heartbeat, MetricSources, GracefulShutdown],
})
export class LifecycleModule {}
