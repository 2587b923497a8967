import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { OpenWaits } from '../http/open-waits.js';
import { ApiProblems } from '../openapi/problem-responses.js';
import { entityTag, isNoneMatch } from './entity-tag.js';
import { encodeCursor } from './history-cursor.js';
import { type HistoryQuery, historyQuery, type JobQuery, jobQuery } from './job-queries.js';
import { JobReading } from './job-reading.js';
import { JobViews } from './job-views.js';
import { type JobPageView, jobPageSchema, jobSchema, type JobView } from './job.schema.js';

/** When to ask again about a job that has not ended, in seconds. */
const ASK_AGAIN_SECONDS = '2';

/** Jobs: one, and the history. */
@Controller('api/jobs')
@ApiTags('jobs')
export class JobsController {
  constructor(
    private readonly reading: JobReading,
    private readonly views: JobViews,
    private readonly waits: OpenWaits,
  ) {}

  /** The history, newest first. */
  @Get()
  @ApiOperation({ operationId: 'listJobs', summary: 'The history of jobs, newest first' })
  @ApiResponse({
    status: 200,
    description: 'A page of the history',
    standardSchema: jobPageSchema,
    headers: { Link: { description: 'The next page, `rel="next"` (RFC 8288)', schema: { type: 'string' } } },
  })
  @ApiProblems()
  async list(
    @Query({ schema: historyQuery }) query: HistoryQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JobPageView> {
    const { items, next } = await this.reading.page(query);
    const cursor = next === null ? null : encodeCursor(next);
    if (cursor !== null) reply.header('link', `</api/jobs?limit=${query.limit}&cursor=${cursor}>; rel="next"`);
    reply.header('cache-control', 'private, no-cache');
    return { items: await this.views.many(items), next_cursor: cursor };
  }

  /** One job; waits for its end when that is asked for. */
  @Get(':id')
  @ApiParam({ name: 'id', description: 'The id of the job', schema: { type: 'string' } })
  @ApiOperation({ operationId: 'getJob', summary: 'One job, at once or when it has ended' })
  @ApiHeader({
    name: 'If-None-Match',
    required: false,
    description: 'The `ETag` of the answer before: 304 when nothing has changed',
  })
  @ApiResponse({
    status: 200,
    description: 'The job',
    standardSchema: jobSchema,
    headers: {
      ETag: { description: 'Stands for what is shown', schema: { type: 'string' } },
      'Retry-After': { description: 'Seconds; while the job has not ended', schema: { type: 'integer' } },
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
    const job = await this.reading.whenEnded(id, query.wait, this.waits.signalFor(reply.raw));
    const view = await this.views.one(job);
    const tag = entityTag(view);
    reply.headers({ etag: tag, 'cache-control': 'private, no-cache' });
    if (view.finished_at === null) reply.header('retry-after', ASK_AGAIN_SECONDS);
    if (!isNoneMatch(request.headers['if-none-match'], tag)) return view;
    reply.code(304);
    return undefined;
  }
}
