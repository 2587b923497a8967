import { AccessRules, type Caller } from '#auth';
import { AuditTrail } from '#jobs';
import { Controller, Get, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { RequestCaller } from '../http/caller.decorator.js';
import { PendingRequests } from '../http/pending-requests.js';
import { EventStreams, withFirstChunk } from '../jobs/events/event-stream.js';
import { EXPORT_MEDIA_TYPES, exportFormat } from '../jobs/history/history-export.js';
import { nextPage } from '../jobs/jobs.controller.js';
import { ApiProblems } from '../http/openapi.decorators.js';
import { auditChunks } from './audit-export.js';
import { auditFilter, auditPageSchema, type AuditPageView, type AuditQuery, auditQuery } from './audit-trail.dto.js';

/** The audit trail, for administrators. */
@Controller('api/audit')
@ApiTags('audit')
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly access: AccessRules,
    private readonly pending: PendingRequests,
    private readonly streams: EventStreams,
  ) {}

  /** The audit trail, newest first. */
  @Get()
  @RouteConfig({ auditAction: 'read_audit', readsMuch: true })
  @ApiOperation({
    operationId: 'listAuditRecords',
    summary: 'List audit records, newest first',
    description:
      'Requires a token with `ADMIN_SCOPE`. In pages; with `Accept: application/x-ndjson` (one record per line) or `text/csv` ' +
      'every record that matches, as one download without `limit` and `cursor`.',
  })
  @ApiResponse({
    status: 200,
    description: 'A page of the audit trail',
    standardSchema: auditPageSchema,
    headers: { Link: { description: 'The next page, `rel="next"` (RFC 8288)', schema: { type: 'string' } } },
  })
  @ApiProblems()
  async list(
    @RequestCaller() caller: Caller,
    @Query({ schema: auditQuery }) query: AuditQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuditPageView | StreamableFile> {
    this.access.assertAdmin(caller);
    reply.headers({ 'cache-control': 'private, no-store', vary: 'Accept' });
    const filter = auditFilter(query);
    const format = exportFormat(request);
    if (format !== null) {
      const signal = await this.pending.signalFor(reply, { keepsTurn: true });
      const chunks = await withFirstChunk(auditChunks(this.trail, { format, filter, signal }));
      const stream = this.streams.start({ request, reply }, chunks, null);
      return new StreamableFile(stream, { type: EXPORT_MEDIA_TYPES[format] });
    }
    const { items, next } = await this.trail.page({ filter, before: query.cursor ?? null, limit: query.limit });
    if (next !== null) reply.header('link', `<${nextPage(request.url, next)}>; rel="next"`);
    return { items: [...items], next_cursor: next };
  }
}
