import { type DynamicModule, Module } from '@nestjs/common';
import { ApplicationsModule } from './applications/applications.module.js';
import { AuditModule } from './audit-trail/audit-trail.module.js';
import { CoreModule, type CoreOptions } from './core/core.module.js';
import { DeploymentsModule } from './deployments/deployments.module.js';
import { HttpModule } from './http/http.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { StacksModule } from './stacks/stacks.module.js';
import { StatusModule } from './status/status.module.js';

/** The API process: one module for each feature. */
@Module({})
export class ApiModule {
  static forRoot(options: CoreOptions): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        CoreModule.forRoot(options),
        ApplicationsModule,
        AuditModule,
        HttpModule,
        DeploymentsModule,
        JobsModule,
        StacksModule,
        StatusModule,
      ],
    };
  }
}
