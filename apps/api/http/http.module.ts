import { BearerGuard } from '#auth';
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ValidationPipe } from '../problems/validation-problem.js';
import { AuditService } from '../audit/audit.service.js';
import { PendingRequests } from './pending-requests.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestFailures } from './request-failures.js';
import { RouteTable } from './route-table.js';

/** What applies to every route: access control, validation, problem documents, and the requests that wait. */
@Module({
  providers: [
    RouteTable,
    PendingRequests,
    RequestFailures,
    AuditService,
    { provide: APP_GUARD, useClass: BearerGuard },
    { provide: APP_PIPE, useClass: ValidationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
  ],
  exports: [RouteTable, PendingRequests, RequestFailures, AuditService],
})
export class HttpModule {}
