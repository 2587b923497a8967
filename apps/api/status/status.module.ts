import { Module } from '@nestjs/common';
import { HealthController, StatusController, WorkersController } from './status.controller.js';
import { StatusService } from './status.service.js';
import { WorkerMonitor } from './worker-monitor.js';

/** Health, versions and settings of the agent; what the workers report. */
@Module({
  controllers: [StatusController, HealthController, WorkersController],
  providers: [StatusService, WorkerMonitor],
  exports: [WorkerMonitor],
})
export class StatusModule {}
