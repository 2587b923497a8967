import { AccessGuard } from '#auth';
import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { DeploymentsController } from './deployments/deployments.controller.js';
import { DeploymentsService } from './deployments/deployments.service.js';
import { HealthController } from './status/status.controller.js';
import { OpenWaits } from './http/pending-requests.js';
import { UnknownQueryGuard } from './http/unknown-query.guard.js';
import { JobActionsController } from './jobs/jobs.controller.js';
import { JobCancel } from './jobs/jobs.service.js';
import { JobLogController } from './jobs/job-log.controller.js';
import { JobReading } from './jobs/jobs.service.js';
import { JobRetry } from './jobs/jobs.service.js';
import { JobViews } from './jobs/job.presenter.js';
import { JobsController } from './jobs/jobs.controller.js';
import { LIZZY_2_CONTROLLERS, LIZZY_2_PROVIDERS } from './stacks/stacks.module.js';
import { ReadsModule } from './stacks/stacks.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { validationProblem } from './problems/to-problem.js';
import { ProcessModule, type ProcessParts } from './core/core.module.js';
import { StoreModule } from './core/jobs-store.module.js';
import { JobSubmissions } from './jobs/job-submission.service.js';
import { LivingWorkers } from './status/worker-monitor.js';

/** The API process. Guards, pipe and filter hold for every route. */
@Module({})
export class ApiModule {
  static with(parts: ProcessParts): DynamicModule {
    return {
      module: ApiModule,
      imports: [ProcessModule.with(parts), StoreModule, ReadsModule],
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
        JobSubmissions,
        JobViews,
        LivingWorkers,
        OpenWaits,
        ...LIZZY_2_PROVIDERS,
      ],
    };
  }
}
