import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../openapi/problem-responses.js';
import { ApiStackId, LIZZY_2_TAG } from './lizzy2-openapi.js';
import { isReferenced } from './references.js';
import { splitStackId } from './stack-id.js';
import { type RegionQuery, regionQuery, type StacksQuery, stacksQuery } from './stack-queries.js';
import { StackReads } from './stack-reads.js';
import {
  stackSchema,
  stacksSchema,
  stackView,
  type StackView,
  trafficSchema,
  type TrafficView,
} from './stack.schema.js';

/** Lizzy 2's reads. They are answered by workers, from a listing that all of them share. */
@Controller('api/stacks')
@ApiTags(LIZZY_2_TAG)
export class StacksController {
  constructor(private readonly reads: StackReads) {}

  /** All stacks, or those that are referenced. */
  @Get()
  @ApiOperation({ operationId: 'listStacks', summary: 'Stacks of a region, oldest first' })
  @ApiResponse({ status: 200, description: 'The stacks', standardSchema: stacksSchema })
  @ApiProblems(502, 504)
  async list(@Query({ schema: stacksQuery }) { references, region }: StacksQuery): Promise<StackView[]> {
    const stacks = await this.reads.list(region);
    return stacks.filter((stack) => isReferenced(stack, references)).map(stackView);
  }

  /** One stack. */
  @Get(':id')
  @ApiStackId()
  @ApiOperation({ operationId: 'getStack', summary: 'One stack' })
  @ApiResponse({ status: 200, description: 'The stack', standardSchema: stackSchema })
  @ApiProblems(404, 502, 504)
  async get(@Param('id') id: string, @Query({ schema: regionQuery }) { region }: RegionQuery): Promise<StackView> {
    return stackView(await this.reads.one(splitStackId(id), region));
  }

  /** What a stack gets of the traffic. */
  @Get(':id/traffic')
  @ApiStackId()
  @ApiOperation({ operationId: 'getStackTraffic', summary: 'The share of the traffic that a stack gets' })
  @ApiResponse({ status: 200, description: 'Its weight', standardSchema: trafficSchema })
  @ApiProblems(404, 502, 504)
  async traffic(
    @Param('id') id: string,
    @Query({ schema: regionQuery }) { region }: RegionQuery,
  ): Promise<TrafficView> {
    return { weight: await this.reads.weight(splitStackId(id), region) };
  }
}
