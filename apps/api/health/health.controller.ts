import { Public } from '#auth';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { problemResponse } from '../openapi/problem-responses.js';
import { ApiProblem } from '../problems/api-problem.js';
import { LivingWorkers } from '../workers/living-workers.js';

const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health', description: 'It is well.' });
type Health = z.output<typeof healthSchema>;

/** For whoever runs the process: open to all, and silent about everything else. */
@Controller('health')
@ApiTags('health')
export class HealthController {
  constructor(private readonly workers: LivingWorkers) {}

  /** The process answers. */
  @Get('live')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process answers', security: [] })
  @ApiResponse({ status: 200, description: 'It does', standardSchema: healthSchema })
  live(): Health {
    return { status: 'ok' };
  }

  /** Redis is reachable and a worker lives. */
  @Get('ready')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getReadiness', summary: 'Whether jobs can be taken and run', security: [] })
  @ApiResponse({ status: 200, description: 'They can', standardSchema: healthSchema })
  @ApiResponse(problemResponse(503, 'Redis cannot be reached, or no worker lives'))
  async ready(): Promise<Health> {
    const isReady = await this.workers.anyNow().catch(() => false);
    if (!isReady) throw new ApiProblem('not_ready', 'Not ready');
    return { status: 'ok' };
  }
}
