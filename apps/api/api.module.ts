import { AccessGuard } from '#auth';
import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { DeploymentsController } from './deployments/deployments.controller.js';
import { DeploymentsService } from './deployments/deployments.service.js';
import { HealthController } from './status/status.controller.js';
import { PendingRequests } from './http/pending-requests.js';
import { UnknownQueryGuard } from './http/unknown-query.guard.js';
import { JobActionsController } from './jobs/jobs.controller.js';
import { JobCancel } from './jobs/jobs.service.js';
import { JobLogController } from './jobs/job-log.controller.js';
import { JobReading } from './jobs/jobs.service.js';
import { JobRetry } from './jobs/jobs.service.js';
import { JobPresenter } from './jobs/job.presenter.js';
import { JobsController } from './jobs/jobs.controller.js';
import { LIZZY_2_CONTROLLERS, LIZZY_2_PROVIDERS } from './stacks/stacks.module.js';
import { StackQueriesModule } from './stacks/stacks.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { validationProblem } from './problems/to-problem.js';
import { CoreModule, type CoreOptions } from './core/core.module.js';
import { JobsStoreModule } from './core/jobs-store.module.js';
import { JobSubmissionService } from './jobs/job-submission.service.js';
import { WorkerMonitor } from './status/worker-monitor.js';

/** The API process. Guards, pipe and filter hold for every route. */
@Module({})
export class ApiModule {
  static forRoot(parts: CoreOptions): DynamicModule {
    return {
      module: ApiModule,
      imports: [CoreModule.forRoot(parts), JobsStoreModule, StackQueriesModule],
      controllers: [
        DeploymentsController,
        JobsController,
        JobLogController,
        JobActionsController,
        HealthController,
        ...LIZZY_2_CONTROLLERS,
      ],
      providers: [
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: UnknownQueryGuard },
        { provide: APP_PIPE, useValue: new StandardSchemaValidationPipe({ exceptionFactory: validationProblem }) },
        { provide: APP_FILTER, useClass: ProblemFilter },
        DeploymentsService,
        JobCancel,
        JobReading,
        JobRetry,
        JobSubmissionService,
        JobPresenter,
        WorkerMonitor,
        PendingRequests,
        ...LIZZY_2_PROVIDERS,
      ],
    };
  }
}
