import { type Caller } from '#auth';
import { stackNameSchema } from '#definition';
import { JOB_KINDS } from '#jobs';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequestCaller } from '../http/caller.decorator.js';
import { fieldsInBody, type NoQuery } from '../http/no-query.js';
import { type SubmissionContext, Submission } from '../http/submission-context.decorator.js';
import { ApiAcceptedJob, type JobView } from '../jobs/job.dto.js';
import { JobPresenter } from '../jobs/job.presenter.js';
import { ApiIdempotencyKey, ApiProblems } from '../http/openapi.decorators.js';
import { type RegionQuery, regionQuery } from '../stacks/stack-query.dto.js';
import {
  applicationListSchema,
  type ApplicationListView,
  applicationSchema,
  type ApplicationView,
} from './application.dto.js';
import { ApplicationsService } from './applications.service.js';
import { type RollbackBody, rollbackBody } from './rollback.dto.js';
import { RollbackService } from './rollback.service.js';

const NAME_PARAM = {
  name: 'name',
  description: 'The name of the application (`SenzaInfo.StackName`)',
  schema: { type: 'string' as const },
};

const applicationParams = z.object({ name: stackNameSchema });
type ApplicationParams = z.output<typeof applicationParams>;

/** Applications: all versions of one stack name, and their traffic. */
@Controller('api/applications')
@ApiTags('applications')
export class ApplicationsController {
  constructor(private readonly applications: ApplicationsService) {}

  /** The applications of a region. */
  @Get()
  @RouteConfig({ readsAws: true })
  @ApiOperation({ operationId: 'listApplications', summary: 'The applications of a region' })
  @ApiResponse({ status: 200, description: 'The applications', standardSchema: applicationListSchema })
  @ApiProblems(502, 504)
  async list(@Query({ schema: regionQuery }) { region }: RegionQuery): Promise<ApplicationListView> {
    return await this.applications.list(region);
  }

  /** One application. */
  @Get(':name')
  @RouteConfig({ readsAws: true })
  @ApiParam(NAME_PARAM)
  @ApiOperation({ operationId: 'getApplication', summary: 'Versions, traffic and jobs of an application' })
  @ApiResponse({ status: 200, description: 'The application', standardSchema: applicationSchema })
  @ApiProblems(404, 502, 504)
  async get(
    @Param({ schema: applicationParams }) { name }: ApplicationParams,
    @Query({ schema: regionQuery }) { region }: RegionQuery,
    @RequestCaller() caller: Caller,
  ): Promise<ApplicationView> {
    return await this.applications.get(name, region, caller);
  }
}

/** Changes of whole applications. */
@Controller('api/applications/:name')
@ApiTags('applications')
@ApiParam(NAME_PARAM)
export class ApplicationActionsController {
  constructor(
    private readonly rollbacks: RollbackService,
    private readonly jobs: JobPresenter,
  ) {}

  /** Accepts a rollback; never waits for it. */
  @Post('rollback')
  @HttpCode(202)
  @RouteConfig({ auditAction: JOB_KINDS.rollback.auditAction })
  @ApiOperation({
    operationId: 'rollBackTraffic',
    summary: 'Restore the traffic from before the last change',
    description:
      'Restores the weights of every domain to what they were before the last traffic change that this agent made, or the ' +
      'one of `to_job`. Traffic changes that were submitted earlier and have not been applied are superseded. The job ' +
      'fails before anything is changed when a version no longer exists or cannot be updated.',
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/Rollback' }, required: false })
  @ApiIdempotencyKey()
  @ApiAcceptedJob('The rollback is accepted')
  @ApiProblems(404, 409, 413, 415, 422)
  async rollback(
    @Param({ schema: applicationParams }) { name }: ApplicationParams,
    @Query({ schema: fieldsInBody }) _query: NoQuery,
    @Body({ schema: rollbackBody }) body: RollbackBody,
    @Submission() request: SubmissionContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    return await this.jobs.accepted(await this.rollbacks.submit(name, body, request), request.caller, reply);
  }
}
