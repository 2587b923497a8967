import { Public } from '#auth';
import { workerReport } from '#jobs';
import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { noQuery, type NoQuery } from '../http/no-query.js';
import { ApiProblems, ApiPublicProblems, LIZZY_2_TAG, problemResponse } from '../http/openapi.decorators.js';
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

/** Lizzy 2's calls about the agent itself. */
@Controller()
@ApiTags(LIZZY_2_TAG)
export class StatusController {
  constructor(private readonly agent: StatusService) {}

  /** Versions, condition and settings. */
  @Get('api/status')
  @ApiOperation({ operationId: 'getStatus', summary: 'Read versions, checks and settings of the agent' })
  @ApiResponse({ status: 200, description: 'The status', standardSchema: agentStatusSchema })
  @ApiProblems()
  async status(@Query({ schema: noQuery }) _query: NoQuery): Promise<StatusView> {
    return await this.agent.status();
  }

  /** Whether a worker takes jobs and all workers are healthy. Asks neither AWS nor Senza. */
  @Get('health')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'getHealth',
    summary: 'Whether a worker takes jobs and all workers are healthy',
    security: [],
  })
  @ApiResponse({ status: 200, description: 'Healthy; the body is empty' })
  @ApiPublicProblems()
  @ApiResponse(problemResponse(503, 'Redis is unavailable, no worker takes jobs, or a worker is unhealthy'))
  async health(@Query({ schema: noQuery }) _query: NoQuery): Promise<void> {
    if (!(await this.agent.isHealthy()))
      throw new ProblemError(
        'not_ready',
        'Redis, the workers or one of them fails: GET /api/status says which and why',
      );
  }

  /** Where the API is described (Zalando's API discovery). */
  @Get('.well-known/schema-discovery')
  @Public()
  @ApiOperation({ operationId: 'getSchemaDiscovery', summary: 'Where this API is described', security: [] })
  @ApiResponse({ status: 200, description: 'Addresses on this server', standardSchema: schemaDiscoverySchema })
  @ApiPublicProblems(429)
  discovery(@Query({ schema: noQuery }) _query: NoQuery): SchemaDiscovery {
    return { schema_type: 'openapi-3.1', schema_url: '/api/swagger.json', ui_url: '/api/ui/' };
  }
}

const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health', description: 'The probe succeeds.' });
type Health = z.output<typeof healthSchema>;

const workersSchema = z
  .object({
    items: z.array(
      workerReport.pick({
        id: true,
        host: true,
        pid: true,
        version: true,
        senza_version: true,
        started_at: true,
        running: true,
        draining: true,
        unhealthy: true,
        aws_outage: true,
      }),
    ),
  })
  .meta({ id: 'Workers', description: 'Workers that have reported within 10 seconds.' });

/** Unauthenticated liveness and readiness probes. They reveal nothing else. */
@Controller('health')
@ApiTags('health')
export class HealthController {
  constructor(private readonly workers: WorkerMonitor) {}

  /** Whether the process responds. */
  @Get('live')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process responds', security: [] })
  @ApiResponse({ status: 200, description: 'The process is live', standardSchema: healthSchema })
  @ApiPublicProblems()
  live(@Query({ schema: noQuery }) _query: NoQuery): Health {
    return { status: 'ok' };
  }

  /** Whether Redis is reachable. Workers do not matter: without them the history can be read. */
  @Get('ready')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getReadiness', summary: 'Whether the API can serve requests', security: [] })
  @ApiResponse({ status: 200, description: 'The API is ready', standardSchema: healthSchema })
  @ApiPublicProblems()
  @ApiResponse(problemResponse(503, 'Redis is unavailable'))
  async ready(@Query({ schema: noQuery }) _query: NoQuery): Promise<Health> {
    const workers = await this.workers.list().catch(() => null);
    if (workers === null) throw new ProblemError('not_ready', 'Redis is unavailable');
    return { status: 'ok' };
  }
}

/** The workers, for on-call engineers. */
@Controller('api/workers')
@ApiTags('workers')
export class WorkersController {
  constructor(private readonly workers: WorkerMonitor) {}

  /** Live workers, oldest first. */
  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'listWorkers', summary: 'List live workers: what they run, and why one takes no jobs' })
  @ApiResponse({ status: 200, description: 'The workers', standardSchema: workersSchema })
  @ApiProblems()
  async list(@Query({ schema: noQuery }) _query: NoQuery): Promise<z.output<typeof workersSchema>> {
    const reports = await this.workers.list();
    return {
      items: reports
        .toSorted((a, b) => a.started_at.localeCompare(b.started_at))
        .map(({ id, host, pid, version, senza_version, started_at, running, draining, unhealthy, aws_outage }) => {
          return { id, host, pid, version, senza_version, started_at, running, draining, unhealthy, aws_outage };
        }),
    };
  }
}
