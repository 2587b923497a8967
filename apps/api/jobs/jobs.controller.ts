import { type Caller } from '#auth';
import { SharedReads } from '#jobs';
import { Controller, Get, Param, Query, Req, Res, StreamableFile, Body, HttpCode, Post } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { fieldsInBody, noQuery, type NoQuery } from '../http/no-query.js';
import { PendingRequests } from '../http/pending-requests.js';
import { entityTag, isNoneMatch } from '../http/entity-tag.js';
import { ApiProblems, ApiIdempotencyKey } from '../http/openapi.decorators.js';
import { EventStreams, withFirstChunk } from './events/event-stream.js';
import { EXPORT_MEDIA_TYPES, exportFormat, HistoryExport } from './history/history-export.js';
import { encodeCursor, type HistoryQuery, historyPage, historyQuery } from './history/history-query.dto.js';
import { type JobQuery, jobQuery, type CancelBody, cancelBody, emptyBody } from './job-query.dto.js';
import { JobActionsService } from './job-actions.service.js';
import { JobsService } from './jobs.service.js';
import { JobPresenter } from './job.presenter.js';
import { jobPageSchema, jobSchema, type JobView, ApiAcceptedJob } from './job.dto.js';
import { callerOf, userKey } from '../http/caller.decorator.js';
import { retryAfterSeconds } from './retry-after.js';
import { type SubmissionContext, Submission } from '../http/submission-context.decorator.js';

/** The address of the page after one: the same query, with another cursor. */
export function nextPage(url: string, cursor: string): string {
  const [path = '', query = ''] = url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}

const ITEMS = Buffer.from('{"items":[');
const COMMA = Buffer.from(',');
/** How many pages are read at once: while Redis reads some, one is made of what it has read. */
const PAGES_AT_ONCE = 4;

/** A page of the history as it is sent, and the cursor of the next one. */
interface Page {
  readonly body: Buffer;
  readonly cursor: string | null;
}

/** Jobs: one, and the history. */
@Controller('api/jobs')
@ApiTags('jobs')
export class JobsController {
  private readonly pages = new SharedReads<Page>(PAGES_AT_ONCE);

  constructor(
    private readonly jobs: JobsService,
    private readonly views: JobPresenter,
    private readonly waits: PendingRequests,
    private readonly exports: HistoryExport,
    private readonly streams: EventStreams,
  ) {}

  /** The history, newest first. */
  @Get()
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'List jobs, newest first',
    description:
      'In pages; with `Accept: application/x-ndjson` (one job per line) or `text/csv` every job that matches, as one download ' +
      'without `limit` and `cursor`.',
  })
  @ApiResponse({
    status: 200,
    description: 'A page of the history',
    standardSchema: jobPageSchema,
    headers: { Link: { description: 'The next page, `rel="next"` (RFC 8288)', schema: { type: 'string' } } },
  })
  @ApiProblems()
  async list(
    @Query({ schema: historyQuery }) query: HistoryQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | StreamableFile> {
    reply.headers({ 'cache-control': 'private, no-cache', vary: 'Accept' });
    const format = exportFormat(request);
    if (format !== null) {
      const signal = await this.waits.signalFor(reply, { keepsTurn: true });
      const { filter: given, order } = historyPage(query);
      const filter = await this.jobs.resolve(given);
      const wanted = { filter, order, caller: callerOf(request), signal };
      const chunks = await withFirstChunk(this.exports.chunks(format, wanted));
      return new StreamableFile(this.streams.start({ request, reply }, chunks, null), {
        type: EXPORT_MEDIA_TYPES[format],
      });
    }
    const caller = callerOf(request);
    const key = [userKey(caller), caller.isAdmin, request.url].join(' ');
    const { body, cursor } = await this.pages.read(key, () => this.page(query, caller));
    if (cursor !== null) reply.header('link', `<${nextPage(request.url, cursor)}>; rel="next"`);
    reply.header('content-type', 'application/json; charset=utf-8');
    return body;
  }

  private async page(query: HistoryQuery, caller: Caller): Promise<Page> {
    const { items, damaged, next, count, isExact } = await this.jobs.page(query);
    const cursor = next === null ? null : encodeCursor(historyPage(query).order, next);
    const texts = await this.views.keptTexts(items, caller);
    const unreadable = damaged.map(({ id, reason }) => ({ id, reason }));
    const others = { unreadable, count, count_exact: isExact, next_cursor: cursor };
    const parts = texts.flatMap((text, index) => (index === 0 ? [text] : [COMMA, text]));
    const end = Buffer.from(`],${JSON.stringify(others).slice(1)}`);
    return { body: Buffer.concat([ITEMS, ...parts, end]), cursor };
  }

  /** One job; waits for its end if requested. */
  @Get(':id')
  @ApiParam({ name: 'id', description: 'The ID of the job', schema: { type: 'string' } })
  @ApiOperation({ operationId: 'getJob', summary: 'Read a job, or wait until it has finished' })
  @ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'The `ETag` of an earlier response: 304 when nothing has changed',
  })
  @ApiResponse({
    status: 200,
    description: 'The job',
    standardSchema: jobSchema,
    headers: {
      ETag: { description: 'Version of the representation', schema: { type: 'string' } },
      'Retry-After': {
        description: 'Seconds, while the job has not finished: by what it waits for and when it is expected to finish',
        schema: { type: 'integer' },
      },
    },
  })
  @ApiResponse({ status: 304, description: 'Nothing has changed' })
  @ApiProblems(404)
  async get(
    @Param('id') id: string,
    @Query({ schema: jobQuery }) query: JobQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView | undefined> {
    const job =
      query.wait === 0
        ? await this.jobs.get(id)
        : await this.jobs.whenFinished(id, query.wait, await this.waits.signalFor(reply));
    const view = await this.views.one(job, callerOf(request));
    const tag = entityTag(view);
    reply.headers({ etag: tag, 'cache-control': 'private, no-cache' });
    if (view.finished_at === null) reply.header('retry-after', String(retryAfterSeconds(view, Date.now())));
    if (!isNoneMatch(request.headers['if-none-match'], tag)) return view;
    reply.code(304);
    return undefined;
  }

  /** The submitted definition. */
  @Get(':id/definition')
  @RouteConfig({ auditAction: 'read_definition' })
  @ApiParam({ name: 'id', description: 'The ID of the job', schema: { type: 'string' } })
  @ApiOperation({
    operationId: 'getJobDefinition',
    summary: 'Read the submitted definition of a job',
    description: 'As it was submitted, until 7 days after the job has finished.',
  })
  @ApiResponse({
    status: 200,
    description: 'The definition',
    content: { 'application/yaml': { schema: {} } },
  })
  @ApiProblems(404, 410)
  async definition(
    @Param('id') id: string,
    @Query({ schema: noQuery }) _query: NoQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const definition = await this.jobs.definition(id);
    reply.headers({ 'content-type': 'application/yaml; charset=utf-8', 'cache-control': 'private, no-cache' });
    return definition;
  }
}

/** Actions on jobs. */
@Controller('api/jobs/:id')
@ApiTags('jobs')
@ApiParam({ name: 'id', description: 'The ID of the job', schema: { type: 'string' } })
export class JobActionsController {
  constructor(
    private readonly actions: JobActionsService,
    private readonly views: JobPresenter,
  ) {}

  /** Requests the cancellation of a job. */
  @Post('cancel')
  @HttpCode(202)
  @RouteConfig({ auditAction: 'cancel_job' })
  @ApiOperation({
    operationId: 'cancelJob',
    summary: 'Cancel a job',
    description:
      'The running command is terminated, and the current state is reported in `result`. Nothing is undone, unless `delete_stack` is true.',
  })
  @ApiBody({ schema: { $ref: '#/components/schemas/Cancellation' }, required: false })
  @ApiIdempotencyKey()
  @ApiAcceptedJob('The job will end')
  @ApiProblems(404, 409, 413, 415, 422)
  async cancel(
    @Param('id') id: string,
    @Body({ schema: cancelBody }) body: CancelBody,
    @Query({ schema: fieldsInBody }) _query: NoQuery,
    @Submission() request: SubmissionContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    return await this.views.accepted(await this.actions.cancel(id, body, request), request.caller, reply);
  }

  /** Retries a job. */
  @Post('retry')
  @HttpCode(202)
  @RouteConfig({ auditAction: 'retry_job' })
  @ApiOperation({
    operationId: 'retryJob',
    summary: 'Retry a failed or cancelled job',
    description: 'Submits a new job, which continues from the current state in AWS.',
  })
  @ApiBody({ schema: { type: 'object', additionalProperties: false }, required: false })
  @ApiIdempotencyKey()
  @ApiAcceptedJob('The new job')
  @ApiProblems(404, 409, 410, 413, 415, 422)
  async retry(
    @Param('id') id: string,
    @Body({ schema: emptyBody }) _body: unknown,
    @Query({ schema: noQuery }) _query: NoQuery,
    @Submission() request: SubmissionContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobView> {
    return await this.views.accepted(await this.actions.retry(id, request), request.caller, reply);
  }
}
