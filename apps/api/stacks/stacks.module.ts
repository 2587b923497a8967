import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { StatusModule } from '../status/status.module.js';
import { StackChangesController } from './stack-changes.controller.js';
import { StackJobRequests, SyncJobService } from './stack-changes.service.js';
import { StackQueriesModule } from './stack-queries.module.js';
import { StackReadsService } from './stack-reads.service.js';
import { StackPresenter } from './stack.presenter.js';
import { StackUpdateController } from './stack-update.controller.js';
import { StackOptionsController, StacksController } from './stacks.controller.js';

/** The stacks of Lizzy 2's API: workers execute reads, changes are jobs that the call waits for. */
@Module({
  imports: [HttpModule, JobsModule, StackQueriesModule, StatusModule],
  controllers: [StacksController, StackChangesController, StackUpdateController, StackOptionsController],
  providers: [SyncJobService, StackJobRequests, StackPresenter, StackReadsService],
  exports: [StackReadsService],
})
export class StacksModule {}
