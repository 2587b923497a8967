import { EventFollower, isTerminal, type LogEntry, logLines } from '#jobs';
import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { acceptedType } from '../http/accepted-type.js';
import { PendingRequests } from '../http/pending-requests.js';
import { logContent, ApiProblems } from '../http/openapi.decorators.js';
import { resumesAt } from './events/event-place.js';
import { EventStreams } from './events/event-stream.js';
import { StreamEndedError } from './stream-ended.error.js';
import { type LogQuery, logQuery } from './job-query.dto.js';
import { JobsService } from './jobs.service.js';

/** The formats of a log. */
const LOG_MEDIA_TYPES = { lines: 'application/x-ndjson', text: 'text/plain; charset=utf-8' } as const;

/** Where reading continues: the cursor of the last line of this response. */
const LOG_CURSOR_HEADER = 'x-lizzy-log-cursor';

/** The log as JSON, one line an object: `cursor`, `at`, `source`, `step`, `text`. */
function logAsLines(entries: readonly LogEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** The log as readable plain text. */
function logAsText(entries: readonly LogEntry[]): string {
  return entries.map(({ text }) => `${text}\n`).join('');
}

/** The log of a job: what the agent did, and what Senza wrote meanwhile. */
@Controller('api/jobs')
@ApiTags('jobs')
export class JobLogController {
  constructor(
    private readonly jobs: JobsService,
    private readonly follower: EventFollower,
    private readonly streams: EventStreams,
    private readonly pending: PendingRequests,
  ) {}

  /** The next lines of the log. */
  @Get(':id/log')
  @ApiParam({ name: 'id', description: 'The ID of the job', schema: { type: 'string' } })
  @ApiOperation({
    operationId: 'getJobLog',
    summary: 'Read the log of a job',
    description: 'One JSON object a line (NDJSON), or plain text by `Accept`. Continue with the cursor as `after`.',
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
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | StreamableFile> {
    const asText = acceptedType(request, ['application/x-ndjson', 'application/json', 'text/plain']) === 'text/plain';
    const write = asText ? logAsText : logAsLines;
    reply.headers({ vary: 'Accept', 'cache-control': 'private, no-cache' });
    reply.type(asText ? LOG_MEDIA_TYPES.text : LOG_MEDIA_TYPES.lines);
    if (query.follow) {
      const { progress } = await this.jobs.get(id);
      if (!(await this.resumes(id, query)) && isTerminal(progress.status)) return '';
      // Without `Connection: close`: Node's fetch takes an aborted response that has it for a complete one.
      const chunks = this.follow(id, { after: query.after, signal: await this.pending.signalFor(reply) }, write);
      return new StreamableFile(this.streams.start({ request, reply }, chunks, null));
    }
    const { lines, cursor } = await this.jobs.log(id, query);
    if (lines.length === 0) await this.resumes(id, query);
    if (cursor !== null) reply.header(LOG_CURSOR_HEADER, cursor);
    return write(lines);
  }

  private async resumes(id: string, { after }: LogQuery): Promise<boolean> {
    return await resumesAt(this.follower, { id, after, pointer: '/after' });
  }

  private async *follow(
    id: string,
    { after, signal }: { after: number; signal: AbortSignal },
    write: (lines: readonly LogEntry[]) => string,
  ): AsyncGenerator<string> {
    let last = after;
    for await (const entries of this.follower.job(id, { after, signal })) {
      yield write(logLines(entries, last));
      last = entries.at(-1)?.id ?? last;
    }
    // Aborted, so that a client does not mistake the received part for the whole log.
    if (signal.aborted) throw new StreamEndedError('stopping');
  }
}
