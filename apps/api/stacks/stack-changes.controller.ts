import { JOB_KINDS } from '#jobs';
import { Body, Controller, Delete, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { fieldsInBody, type NoQuery } from '../http/no-query.js';
import { type JobView } from '../jobs/job.dto.js';
import { type SubmissionContext, Submission } from '../http/submission-context.decorator.js';
import { SyncJobService } from './stack-changes.service.js';
import { StackPresenter } from './stack.presenter.js';
import { LIZZY_2_TAG } from '../http/openapi.decorators.js';
import { ApiAwaitedChange, ApiStackId } from './stacks.openapi.js';
import { type Preference, Prefer } from '../http/prefer.decorator.js';
import {
  type DeleteOptionsBody,
  deleteOptionsBody,
  type NewStackBody,
  newStackBody,
  type StackPatchBody,
  stackPatchBody,
} from './stack.dto.js';
import { patchAnswerSchema, stackSchema, type StackView } from './stack.dto.js';
import { StackJobRequests } from './stack-changes.service.js';

/** The changes of Lizzy 2's API: each submits a job, and waits for its end. */
@Controller('api/stacks')
@ApiTags(LIZZY_2_TAG)
export class StackChangesController {
  constructor(
    private readonly wanted: StackJobRequests,
    private readonly changes: SyncJobService,
    private readonly answers: StackPresenter,
  ) {}

  /** Creates a stack; responds when CloudFormation has accepted it. */
  @Post()
  @HttpCode(201)
  @RouteConfig({ auditAction: JOB_KINDS.create_stack.auditAction })
  @ApiOperation({ operationId: 'createStack', summary: 'Create a stack' })
  @ApiAwaitedChange({ status: 201, description: 'CloudFormation creates the stack', schema: stackSchema, output: true })
  async create(
    @Body({ schema: newStackBody }) body: NewStackBody,
    @Query({ schema: fieldsInBody }) _query: NoQuery,
    @Submission() request: SubmissionContext,
    @Prefer() preference: Preference,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StackView | JobView> {
    const wanted = await this.wanted.create(body, request.caller.uid);
    const change = await this.changes.submitAndWait(wanted, { request, preference, reply });
    return await this.answers.created(change, reply);
  }

  /** Changes a stack; responds when the change is observed. */
  @Patch(':id')
  @HttpCode(202)
  @RouteConfig({ auditAction: JOB_KINDS.patch_stack.auditAction })
  @ApiStackId()
  @ApiOperation({ operationId: 'patchStack', summary: 'Change scale, image or traffic of a stack' })
  @ApiAwaitedChange({
    status: 202,
    description: 'The stack after the change; with `Prefer`, the job',
    schema: patchAnswerSchema,
    output: false,
  })
  async patch(
    @Param('id') id: string,
    @Body({ schema: stackPatchBody }) body: StackPatchBody,
    @Query({ schema: fieldsInBody }) _query: NoQuery,
    @Submission() request: SubmissionContext,
    @Prefer() preference: Preference,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StackView | JobView> {
    const change = await this.changes.submitAndWait(this.wanted.patch(id, body), { request, preference, reply });
    return await this.answers.patched(change, reply);
  }

  /** Deletes a stack; responds when CloudFormation has accepted the deletion. */
  @Delete(':id')
  @HttpCode(204)
  @RouteConfig({ auditAction: JOB_KINDS.delete_stack.auditAction })
  @ApiStackId()
  @ApiBody({ schema: { $ref: '#/components/schemas/DeleteOptions' }, required: false })
  @ApiOperation({ operationId: 'deleteStack', summary: 'Delete a stack' })
  @ApiAwaitedChange({ status: 204, description: 'CloudFormation deletes the stack', output: true })
  async delete(
    @Param('id') id: string,
    @Body({ schema: deleteOptionsBody }) body: DeleteOptionsBody,
    @Query({ schema: fieldsInBody }) _query: NoQuery,
    @Submission() request: SubmissionContext,
    @Prefer() preference: Preference,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView | undefined> {
    const change = await this.changes.submitAndWait(this.wanted.delete(id, body), {
      request,
      preference,
      reply,
    });
    return await this.answers.deleted(change, reply);
  }
}
