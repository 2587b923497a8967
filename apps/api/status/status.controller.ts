import { Public } from '#auth';
import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { noQuery, type NoQuery } from '../http/no-query.js';
import { ApiProblems, LIZZY_2_TAG, problemResponse } from '../openapi/decorators.js';
import { ProblemError } from '../problems/problem.error.js';
import {
  StatusService,
  type StatusView,
  agentStatusSchema,
  type SchemaDiscovery,
  schemaDiscoverySchema,
} from './status.service.js';
import { z } from 'zod';
import { WorkerMonitor } from './worker-monitor.js';

/** What Lizzy 2 told about itself. */
@Controller()
@ApiTags(LIZZY_2_TAG)
export class StatusController {
  constructor(private readonly agent: StatusService) {}

  /** Versions, condition and settings. */
  @Get('api/status')
  @ApiOperation({ operationId: 'getStatus', summary: 'Versions, condition and settings of the agent' })
  @ApiResponse({ status: 200, description: 'How it is', standardSchema: agentStatusSchema })
  @ApiProblems()
  async status(@Query({ schema: noQuery }) _query: NoQuery): Promise<StatusView> {
    return await this.agent.status();
  }

  /** Whether changes can be made; asks neither AWS nor Senza. */
  @Get('health')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getHealth', summary: 'Whether a worker lives and its Senza answers', security: [] })
  @ApiResponse({ status: 200, description: 'It does; the body is empty' })
  @ApiResponse(problemResponse(503, 'Redis cannot be reached, no worker lives, or its Senza does not answer'))
  async health(@Query({ schema: noQuery }) _query: NoQuery): Promise<void> {
    if (!(await this.agent.isHealthy())) throw new ProblemError('not_ready', 'Not ready');
  }

  /** Where the API is described (Zalando's API discovery). */
  @Get('.well-known/schema-discovery')
  @Public()
  @ApiOperation({ operationId: 'getSchemaDiscovery', summary: 'Where this API is described', security: [] })
  @ApiResponse({ status: 200, description: 'Addresses on this server', standardSchema: schemaDiscoverySchema })
  discovery(@Query({ schema: noQuery }) _query: NoQuery): SchemaDiscovery {
    return { schema_type: 'openapi-3.1', schema_url: '/api/swagger.json', ui_url: '/api/ui/' };
  }
}

const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health', description: 'It is well.' });
type Health = z.output<typeof healthSchema>;

/** For whoever runs the process: open to all, and silent about everything else. */
@Controller('health')
@ApiTags('health')
export class HealthController {
  constructor(private readonly workers: WorkerMonitor) {}

  /** The process answers. */
  @Get('live')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process answers', security: [] })
  @ApiResponse({ status: 200, description: 'It does', standardSchema: healthSchema })
  live(@Query({ schema: noQuery }) _query: NoQuery): Health {
    return { status: 'ok' };
  }

  /** Redis is reachable and a worker lives. */
  @Get('ready')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getReadiness', summary: 'Whether jobs can be taken and run', security: [] })
  @ApiResponse({ status: 200, description: 'They can', standardSchema: healthSchema })
  @ApiResponse(problemResponse(503, 'Redis cannot be reached, or no worker lives'))
  async ready(@Query({ schema: noQuery }) _query: NoQuery): Promise<Health> {
    const isReady = await this.workers.hasAvailable().catch(() => false);
    if (!isReady) throw new ProblemError('not_ready', 'Not ready');
    return { status: 'ok' };
  }
}
