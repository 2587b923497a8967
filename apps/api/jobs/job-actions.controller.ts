import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { ApiIdempotencyKey } from '../openapi/idempotency-header.js';
import { ApiAcceptedJob } from '../openapi/job-responses.js';
import { ApiProblems } from '../openapi/problem-responses.js';
import { type ChangeRequest, ChangeRequestOf } from '../submissions/change-request.decorator.js';
import { JobCancel } from './job-cancel.js';
import { type CancelBody, cancelBody, noBody } from './job-queries.js';
import { JobRetry } from './job-retry.js';
import { JobViews } from './job-views.js';
import { type JobView } from './job.schema.js';

/** What can be done with jobs. */
@Controller('api/jobs/:id')
@ApiTags('jobs')
@ApiParam({ name: 'id', description: 'The id of the job', schema: { type: 'string' } })
export class JobActionsController {
  constructor(
    private readonly canceller: JobCancel,
    private readonly retrier: JobRetry,
    private readonly views: JobViews,
  ) {}

  /** Asks for the end of a job. */
  @Post('cancel')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'cancelJob',
    summary: 'Cancel a job',
    description:
      'The running command is ended, what stands is looked at and told in `result`. Nothing is taken back, unless `delete_stack` is true.',
  })
  @ApiIdempotencyKey()
  @ApiAcceptedJob('The job will end')
  @ApiProblems(404, 409, 413, 415, 422)
  async cancel(
    @Param('id') id: string,
    @Body({ schema: cancelBody }) body: CancelBody,
    @ChangeRequestOf() request: ChangeRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const job = await this.views.one(await this.canceller.cancel(id, body, request));
    reply.header('location', job.links.self);
    return job;
  }

  /** Tries a job again. */
  @Post('retry')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'retryJob',
    summary: 'Try a failed or cancelled job again',
    description: 'Makes a new job, which goes on from what the old one has left, where that is possible.',
  })
  @ApiIdempotencyKey()
  @ApiAcceptedJob('The new job')
  @ApiProblems(404, 409, 410, 413, 415, 422)
  async retry(
    @Param('id') id: string,
    @Body({ schema: noBody }) _body: unknown,
    @ChangeRequestOf() request: ChangeRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const job = await this.views.one(await this.retrier.retry(id, request));
    reply.header('location', job.links.self);
    return job;
  }
}
