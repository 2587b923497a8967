import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.js';
import { DeploymentsController } from './deployments.controller.js';
import { DeploymentsService } from './deployments.service.js';

/** Whole deployments: `POST /api/deployments`. */
@Module({ imports: [JobsModule], controllers: [DeploymentsController], providers: [DeploymentsService] })
export class DeploymentsModule {}
