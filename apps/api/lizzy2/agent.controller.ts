import { Public } from '#auth';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems, problemResponse } from '../openapi/problem-responses.js';
import { ApiProblem } from '../problems/api-problem.js';
import { AgentStatus } from './agent-status.js';
import {
  type AgentStatusView,
  agentStatusSchema,
  type SchemaDiscovery,
  schemaDiscoverySchema,
} from './agent.schema.js';
import { LIZZY_2_TAG } from './lizzy2-openapi.js';

/** What Lizzy 2 told about itself. */
@Controller()
@ApiTags(LIZZY_2_TAG)
export class AgentController {
  constructor(private readonly agent: AgentStatus) {}

  /** Versions, condition and settings. */
  @Get('api/status')
  @ApiOperation({ operationId: 'getStatus', summary: 'Versions, condition and settings of the agent' })
  @ApiResponse({ status: 200, description: 'How it is', standardSchema: agentStatusSchema })
  @ApiProblems()
  async status(): Promise<AgentStatusView> {
    return await this.agent.status();
  }

  /** Whether changes can be made; asks neither AWS nor Senza. */
  @Get('health')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'getHealth', summary: 'Whether a worker lives and its Senza answers', security: [] })
  @ApiResponse({ status: 200, description: 'It does; the body is empty' })
  @ApiResponse(problemResponse(503, 'Redis cannot be reached, no worker lives, or its Senza does not answer'))
  async health(): Promise<void> {
    if (!(await this.agent.isWell())) throw new ApiProblem('not_ready', 'Not ready');
  }

  /** Where the API is described (Zalando's API discovery). */
  @Get('.well-known/schema-discovery')
  @Public()
  @ApiOperation({ operationId: 'getSchemaDiscovery', summary: 'Where this API is described', security: [] })
  @ApiResponse({ status: 200, description: 'Addresses on this server', standardSchema: schemaDiscoverySchema })
  discovery(): SchemaDiscovery {
    return { schema_type: 'openapi-3.1', schema_url: '/api/swagger.json', ui_url: '/api/ui/' };
  }
}
