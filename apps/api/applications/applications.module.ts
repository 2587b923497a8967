import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.js';
import { ApplicationActionsController } from './applications.controller.js';
import { RollbackService } from './rollback.service.js';

/** Applications: all versions of one stack name, and their traffic. */
@Module({
  imports: [JobsModule],
  controllers: [ApplicationActionsController],
  providers: [RollbackService],
})
export class ApplicationsModule {}
