import { Controller, Get, Param, Query, HttpCode, Options, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags, ApiExcludeController } from '@nestjs/swagger';
import { ApiProblems, LIZZY_2_TAG } from '../http/openapi.decorators.js';
import { ApiStackId } from './stacks.openapi.js';
import {
  isReferenced,
  splitStackId,
  type RegionQuery,
  regionQuery,
  type StacksQuery,
  stacksQuery,
} from './stack-query.dto.js';
import { StackReadsService } from './stack-reads.service.js';
import {
  explainedStackSchema,
  type ExplainedStackView,
  explainedStackView,
  stacksSchema,
  stackView,
  type StackView,
  trafficSchema,
  type TrafficView,
} from './stack.dto.js';
import { Public } from '#auth';
import { ApiConfig } from '#config';
import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyReply } from 'fastify';
import { noQuery, type NoQuery } from '../http/no-query.js';
import { RouteTable } from '../http/route-table.js';

/** The reads of Lizzy 2's API. Workers execute them, from a listing that all of them share. */
@Controller('api/stacks')
@ApiTags(LIZZY_2_TAG)
export class StacksController {
  constructor(
    private readonly reads: StackReadsService,
    private readonly config: ApiConfig,
  ) {}

  /** All stacks, or those that are referenced. */
  @Get()
  @RouteConfig({ readsAws: true })
  @ApiOperation({ operationId: 'listStacks', summary: 'List the stacks of a region, oldest first' })
  @ApiResponse({ status: 200, description: 'The stacks', standardSchema: stacksSchema })
  @ApiProblems(502, 504)
  async list(@Query({ schema: stacksQuery }) { references, region }: StacksQuery): Promise<StackView[]> {
    const stacks = await this.reads.list(region);
    return stacks.filter((stack) => isReferenced(stack, references)).map(stackView);
  }

  /** One stack, and why it failed. */
  @Get(':id')
  @RouteConfig({ readsAws: true })
  @ApiStackId()
  @ApiOperation({ operationId: 'getStack', summary: 'Read a stack' })
  @ApiResponse({ status: 200, description: 'The stack', standardSchema: explainedStackSchema })
  @ApiProblems(404, 502, 504)
  async get(
    @Param('id') id: string,
    @Query({ schema: regionQuery }) { region }: RegionQuery,
  ): Promise<ExplainedStackView> {
    return explainedStackView(await this.reads.explained(splitStackId(id), region), region ?? this.config.region);
  }

  /** A stack's share of the traffic. */
  @Get(':id/traffic')
  @RouteConfig({ readsAws: true })
  @ApiStackId()
  @ApiOperation({ operationId: 'getStackTraffic', summary: 'Read the share of traffic of a stack' })
  @ApiResponse({ status: 200, description: 'The share of traffic', standardSchema: trafficSchema })
  @ApiProblems(404, 502, 504)
  async traffic(
    @Param('id') id: string,
    @Query({ schema: regionQuery }) { region }: RegionQuery,
  ): Promise<TrafficView> {
    return { weight: await this.reads.weight(splitStackId(id), region) };
  }
}

/**
 * `OPTIONS`, which Lizzy 2 answered without a token: it reveals only what the OpenAPI document contains, and nothing about
 * any stack.
 */
@Controller('api/stacks')
@ApiExcludeController()
export class StackOptionsController {
  constructor(private readonly routes: RouteTable) {}

  /** The methods of a path in `Allow`. */
  @Options(['', ':id', ':id/traffic'])
  @Public()
  @HttpCode(200)
  allow(@Query({ schema: noQuery }) _query: NoQuery, @Res({ passthrough: true }) reply: FastifyReply): void {
    reply.header('allow', this.routes.methodsOf(reply.request.url).join(', '));
  }
}
