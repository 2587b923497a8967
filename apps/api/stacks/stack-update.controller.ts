import { ApiConfig } from '#config';
import { resolveDeployment } from '#definition';
import { DefinitionParser } from '#definition/parser.js';
import { JOB_KINDS, updateStackPayload } from '#jobs';
import { Body, Controller, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { type z } from 'zod';
import { fieldsInBody, type NoQuery } from '../http/no-query.js';
import { type SubmissionContext, Submission } from '../http/submission-context.decorator.js';
import { ApiAcceptedJob, type JobView } from '../jobs/job.dto.js';
import { JobPresenter } from '../jobs/job.presenter.js';
import { JobSubmissionService } from '../jobs/job-submission.service.js';
import { ApiIdempotencyKey, ApiProblems } from '../http/openapi.decorators.js';
import { fieldProblem } from '../problems/validation-problem.js';
import { splitStackId } from './stack-query.dto.js';
import { ApiStackId } from './stacks.openapi.js';

const stackUpdateBody = updateStackPayload.omit({ stack_name: true, stack_version: true }).meta({
  id: 'StackUpdate',
  description: 'The definition to update a stack to. Its `SenzaInfo.StackName` must be the name of the stack.',
});
type StackUpdateBody = z.output<typeof stackUpdateBody>;

/** Updates of existing stacks. */
@Controller('api/stacks')
@ApiTags('stacks')
export class StackUpdateController {
  constructor(
    private readonly submissions: JobSubmissionService,
    private readonly jobs: JobPresenter,
    private readonly parser: DefinitionParser,
    private readonly config: ApiConfig,
  ) {}

  /** Accepts an update; never waits for it. @throws DefinitionError, ProblemError */
  @Put(':id')
  @HttpCode(202)
  @RouteConfig({ auditAction: JOB_KINDS.update_stack.auditAction })
  @ApiStackId()
  @ApiOperation({
    operationId: 'updateStack',
    summary: 'Update a stack to another definition',
    description:
      'Runs `senza update` as a job and waits for CloudFormation. The job succeeds with `result.update.changed` false when ' +
      'there is nothing to update, and fails with the first cause when CloudFormation rolls the update back. A stack that ' +
      'receives traffic is not updated, because Senza would set its weight to 0.',
  })
  @ApiIdempotencyKey()
  @ApiAcceptedJob('The update is accepted')
  @ApiProblems(404, 409, 413, 415, 422)
  async update(
    @Param('id') id: string,
    @Query({ schema: fieldsInBody }) _query: NoQuery,
    @Body({ schema: stackUpdateBody }) body: StackUpdateBody,
    @Submission() request: SubmissionContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    const { name, version } = splitStackId(id);
    const definition = await this.parser.parse(body.senza_yaml, request.caller.uid);
    const region = body.region ?? this.config.region;
    const { parameters } = body;
    const { stackName, secretParameters } = resolveDeployment(definition, {
      version,
      region,
      parameters,
      tags: [],
      agentTags: 0,
    });
    if (stackName !== name) {
      const detail = `must have the SenzaInfo.StackName "${name}", the stack's name, not "${stackName}"`;
      throw fieldProblem([{ pointer: '/senza_yaml', detail }]);
    }
    const job = await this.submissions.submit(
      {
        kind: 'update_stack',
        payload: { ...body, stack_name: name, stack_version: version },
        stack: { name, version, region },
        dryRun: body.dry_run,
        source: body.source,
        secretParameters,
        refuseDuplicate: true,
      },
      request,
    );
    return await this.jobs.accepted(job, request.caller, reply);
  }
}
