import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { StatusModule } from '../status/status.module.js';
import { JobActionsService } from './job-actions.service.js';
import { HistoryExport } from './history/history-export.js';
import { EventStreams } from './events/event-stream.js';
import { JobEventsController } from './events/job-events.controller.js';
import { JobEventsService } from './events/job-events.service.js';
import { JobLogController } from './job-log.controller.js';
import { JobSubmissionService } from './job-submission.service.js';
import { JobPresenter } from './job.presenter.js';
import { JobActionsController, JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';

/** Jobs: the history, logs, actions, and the submission of new jobs for the other modules. */
@Module({
  imports: [HttpModule, StatusModule],
  controllers: [JobsController, JobLogController, JobActionsController, JobEventsController],
  providers: [
    JobsService,
    JobEventsService,
    EventStreams,
    HistoryExport,
    JobActionsService,
    JobSubmissionService,
    JobPresenter,
  ],
  exports: [JobsService, JobSubmissionService, JobPresenter, EventStreams],
})
export class JobsModule {}
