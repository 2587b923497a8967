import { AccessGuard } from '#auth';
import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { DeploymentsController } from './deployments/deployments.controller.js';
import { DeploymentsService } from './deployments/deployments.service.js';
import { HealthController } from './health/health.controller.js';
import { OpenWaits } from './http/open-waits.js';
import { UnknownQueryGuard } from './http/unknown-query.guard.js';
import { JobActionsController } from './jobs/job-actions.controller.js';
import { JobCancel } from './jobs/job-cancel.js';
import { JobLogController } from './jobs/job-log.controller.js';
import { JobReading } from './jobs/job-reading.js';
import { JobRetry } from './jobs/job-retry.js';
import { JobViews } from './jobs/job-views.js';
import { JobsController } from './jobs/jobs.controller.js';
import { LIZZY_2_CONTROLLERS, LIZZY_2_PROVIDERS } from './lizzy2/index.js';
import { ReadsModule } from './lizzy2/reads.module.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { validationProblem } from './problems/validation-problem.js';
import { ProcessModule, type ProcessParts } from './process/process.module.js';
import { StoreModule } from './store/store.module.js';
import { JobSubmissions } from './submissions/job-submissions.js';
import { LivingWorkers } from './workers/living-workers.js';

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
