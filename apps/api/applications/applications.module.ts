import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.js';
import { StacksModule } from '../stacks/stacks.module.js';
import { ApplicationActionsController, ApplicationsController } from './applications.controller.js';
import { ApplicationsService } from './applications.service.js';
import { RollbackService } from './rollback.service.js';

/** Applications: all versions of one stack name, and their traffic. */
@Module({
  imports: [JobsModule, StacksModule],
  controllers: [ApplicationsController, ApplicationActionsController],
  providers: [ApplicationsService, RollbackService],
})
export class ApplicationsModule {}
