import { Body, Controller, HttpCode, Param, Post, Res, Query } from '@nestjs/common';
import { noQuery, type NoQuery } from '../http/no-query.js';
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { type SubmissionContext, Submission } from '../http/submission-context.decorator.js';
import { ApiAcceptedJob, type JobView } from '../jobs/job.dto.js';
import { JobPresenter } from '../jobs/job.presenter.js';
import { ApiIdempotencyKey, ApiProblems } from '../openapi/decorators.js';
import { type RollbackBody, rollbackBody } from './rollback.dto.js';
import { RollbackService } from './rollback.service.js';

/** Changes of whole applications. */
@Controller('api/applications/:name')
@ApiTags('applications')
@ApiParam({
  name: 'name',
  description: 'The name of the application (`SenzaInfo.StackName`)',
  schema: { type: 'string' },
})
export class ApplicationActionsController {
  constructor(
    private readonly rollbacks: RollbackService,
    private readonly jobs: JobPresenter,
  ) {}

  /** Accepts a rollback; never waits for it. */
  @Post('rollback')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'rollBackTraffic',
    summary: 'Restore the traffic from before the last change',
    description:
      'Restores the weights of every domain to what they were before the last traffic change that this agent made, or the ' +
      'one of `to_job`. Traffic changes that were submitted earlier and have not been applied are superseded. Versions that ' +
      'are gone or cannot be updated make the job fail before anything is changed.',
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/Rollback' }, required: false })
  @ApiIdempotencyKey()
  @ApiAcceptedJob('The rollback is accepted')
  @ApiProblems(404, 409, 413, 415, 422)
  async rollback(
    @Param('name') name: string,
    @Body({ schema: rollbackBody }) body: RollbackBody,
    @Query({ schema: noQuery }) _query: NoQuery,
    @Submission() request: SubmissionContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const job = await this.jobs.one(await this.rollbacks.submit(name, body, request));
    reply.header('location', job.links.self);
    return job;
  }
}
