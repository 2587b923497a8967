import { EVENT_ID_PATTERN } from '#jobs';
import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Readable } from 'node:stream';
import { z } from 'zod';
import { PendingRequests } from '../../http/pending-requests.js';
import { ApiProblems } from '../../http/openapi.decorators.js';
import { fieldProblem } from '../../problems/validation-problem.js';
import { feedFilter, filterOf } from '../history/history-query.dto.js';
import { JobEventsService } from './job-events.service.js';

const EVENT_STREAM = 'text/event-stream';
const ID_RULE = 'must be the id of an event of this stream';

const after = z
  .string()
  .regex(EVENT_ID_PATTERN, ID_RULE)
  .optional()
  .meta({ description: 'Resume after this event, like `Last-Event-ID`, for clients that cannot set headers.' });
const jobEventsQuery = z.strictObject({ after });
const feedQuery = feedFilter.extend({ after });

const DESCRIPTION =
  'Server-Sent Events. The first event is `snapshot`, without an ID. The events `state`, `step`, `wait`, `cancel`, `log`, `stack_event` and ' +
  '`end` follow as they happen, each with its ID. Reconnect with `Last-Event-ID` to continue without gaps or duplicates. `gap`: some events ' +
  'are no longer kept. `error`: the stream ends early, and `reason` says why. Events that are lines of the log have the line as `text`.';

// No schema: OpenAPI 3.1 does not say whether one would describe the stream or each event.
const content = {
  [EVENT_STREAM]: { example: 'id: 2\nevent: step\ndata: {}\n\n' },
};

/** Live events of one job, and of all jobs. */
@Controller('api')
@ApiTags('jobs')
@ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The id of the last event that the client has.' })
export class JobEventsController {
  constructor(
    private readonly events: JobEventsService,
    private readonly pending: PendingRequests,
  ) {}

  /** Everything that happens to one job, log lines included, from its submission to its end. */
  @Get('jobs/:id/events')
  @ApiParam({ name: 'id', description: 'The ID of the job', schema: { type: 'string' } })
  @ApiOperation({
    operationId: 'streamJobEvents',
    summary: 'Stream the events of a job',
    description: `${DESCRIPTION} The stream begins with the first event of the job and ends after \`end\`.`,
  })
  @ApiResponse({ status: 200, description: 'The stream', content })
  @ApiResponse({ status: 204, description: 'The client has the last event already: there is nothing to reconnect for' })
  @ApiProblems(404)
  async job(
    @Param('id') id: string,
    @Query({ schema: jobEventsQuery }) query: z.output<typeof jobEventsQuery>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const start = {
      after: placeOf(request, query.after),
      signal: await this.pending.signalFor(reply, { keepsTurn: true }),
    };
    const stream = await this.events.job({ request, reply }, id, start);
    if (stream !== null) return eventStream(stream, reply);
    reply.code(204);
    return undefined;
  }

  /** What happens to all jobs, log lines left out. */
  @Get('events')
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'Stream the events of all jobs',
    description: `${DESCRIPTION} Log lines are left out; \`job\` names the job of each event. Without \`Last-Event-ID\` the stream begins now.`,
  })
  @ApiResponse({ status: 200, description: 'The stream', content })
  @ApiProblems()
  async all(
    @Query({ schema: feedQuery }) query: z.output<typeof feedQuery>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const { after: place, ...filter } = query;
    const start = { after: placeOf(request, place), signal: await this.pending.signalFor(reply, { keepsTurn: true }) };
    return eventStream(await this.events.all({ request, reply }, filterOf(filter), start), reply);
  }
}

/** Where the client resumes; the header counts, as browsers set it. @throws ProblemError */
function placeOf({ headers }: FastifyRequest, given: string | undefined): number | null {
  const header = headers['last-event-id'];
  if (typeof header !== 'string' || header === '') return given === undefined ? null : Number(given);
  if (!EVENT_ID_PATTERN.test(header)) throw fieldProblem([{ pointer: '/Last-Event-ID', detail: ID_RULE }]);
  return Number(header);
}

function eventStream(stream: Readable, reply: FastifyReply): StreamableFile {
  // What is read first takes time of the process. From now on, the request waits.
  reply.request.endTurn?.();
  // nginx buffers responses by default (X-Accel-Buffering). The connection of a stream that ends because the
  // process stops must not be kept alive.
  reply.headers({ 'cache-control': 'private, no-store', 'x-accel-buffering': 'no', connection: 'close' });
  return new StreamableFile(stream, { type: EVENT_STREAM });
}
