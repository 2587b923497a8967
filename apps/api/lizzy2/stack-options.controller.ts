import { Public } from '#auth';
import { Controller, HttpCode, Options, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { RouteTable } from '../http/route-table.js';

/**
 * `OPTIONS`, which Lizzy 2 answered without a token: it tells what stands in the document anyway, and nothing about
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
  allow(@Res({ passthrough: true }) reply: FastifyReply): void {
    reply.header('allow', this.routes.methodsOf(reply.request.url).join(', '));
  }
}
