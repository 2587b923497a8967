import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { AuditController } from './audit-trail.controller.js';

/** Reads the audit trail. It is written by `AuditService`, which every module can use, and with the jobs themselves. */
@Module({ imports: [HttpModule, JobsModule], controllers: [AuditController] })
export class AuditModule {}
