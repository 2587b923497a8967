import { type DeployPayload, deployPayload, JOB_KINDS } from '#jobs';
import { Body, Controller, HttpCode, Post, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { fieldsInBody, type NoQuery } from '../http/no-query.js';
import { JobPresenter } from '../jobs/job.presenter.js';
import { ApiAcceptedJob, type JobView } from '../jobs/job.dto.js';
import { ApiIdempotencyKey, ApiProblems } from '../http/openapi.decorators.js';
import { type SubmissionContext, Submission } from '../http/submission-context.decorator.js';
import { AcceptsYaml } from './yaml-request.interceptor.js';
import { DeploymentsService } from './deployments.service.js';

/** Whole deployments. */
@Controller('api/deployments')
@ApiTags('deployments')
export class DeploymentsController {
  constructor(
    private readonly deployments: DeploymentsService,
    private readonly views: JobPresenter,
  ) {}

  /** Accepts a deployment; never waits for it. */
  @Post()
  @HttpCode(202)
  @RouteConfig({ auditAction: JOB_KINDS.deploy.auditAction, acceptsYaml: true })
  @AcceptsYaml()
  @ApiOperation({
    operationId: 'submitDeployment',
    summary: 'Submit a deployment',
    description:
      'Creates the stack, waits for it, switches traffic and cleans up, whatever happens to the caller. The body is JSON, ' +
      'or the definition itself as `application/yaml` with the other fields as query parameters.',
  })
  @ApiIdempotencyKey()
  @ApiAcceptedJob('The deployment is accepted: it will run, or be visibly failed')
  @ApiProblems(409, 413, 415, 422)
  async submit(
    @Body({ schema: deployPayload }) deployment: DeployPayload,
    @Query({ schema: fieldsInBody }) _query: NoQuery,
    @Submission() request: SubmissionContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    return await this.views.accepted(await this.deployments.submit(deployment, request), request.caller, reply);
  }
}
