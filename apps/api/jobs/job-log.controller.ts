import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { logContent } from '../openapi/log-content.js';
import { ApiProblems } from '../openapi/problem-responses.js';
import { type LogQuery, logQuery } from './job-queries.js';
import { JobReading } from './job-reading.js';
import { LOG_CURSOR_HEADER, LOG_MEDIA_TYPES, logAsLines, logAsText, prefersText } from './log-answer.js';

/** The log of a job: what the agent did, and what Senza wrote meanwhile. */
@Controller('api/jobs')
@ApiTags('jobs')
export class JobLogController {
  constructor(private readonly reading: JobReading) {}

  /** The next lines of the log. */
  @Get(':id/log')
  @ApiParam({ name: 'id', description: 'The id of the job', schema: { type: 'string' } })
  @ApiOperation({
    operationId: 'getJobLog',
    summary: 'The log of a job',
    description: 'One JSON object a line (NDJSON), or plain text by `Accept`. Go on with the cursor as `after`.',
  })
  @ApiResponse({
    status: 200,
    description: 'Lines of the log, the oldest first',
    content: logContent,
    headers: {
      'X-Lizzy-Log-Cursor': {
        description: 'The cursor of the last line: `after` of the next call',
        schema: { type: 'string' },
      },
    },
  })
  @ApiProblems(404)
  async read(
    @Param('id') id: string,
    @Query({ schema: logQuery }) query: LogQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const entries = await this.reading.log(id, query);
    const cursor = entries.at(-1)?.cursor ?? query.after;
    const asText = prefersText(accept);
    reply.headers({ vary: 'Accept', 'cache-control': 'private, no-cache' });
    reply.type(asText ? LOG_MEDIA_TYPES.text : LOG_MEDIA_TYPES.lines);
    if (cursor !== undefined) reply.header(LOG_CURSOR_HEADER, cursor);
    return asText ? logAsText(entries) : logAsLines(entries);
  }
}
