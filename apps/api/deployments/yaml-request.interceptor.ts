import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { type FastifyRequest } from 'fastify';
import { type Observable } from 'rxjs';
import { z } from 'zod';
import { fieldProblem, literalOf, repeated } from '../problems/validation-problem.js';
import { mediaTypeOf, YAML_MEDIA_TYPE } from '../http/request-body.js';

/** How the fields of a deployment are written as query parameters; those that are missing here are plain text. */
const LISTS: readonly string[] = ['parameters', 'tags'];
const NUMBERS: readonly string[] = ['new_traffic', 'keep_stacks', 'timeout_seconds'];
const FLAGS: readonly string[] = ['dry_run', 'disable_rollback', 'allow_traffic_loss'];
const TEXTS: readonly string[] = ['stack_version', 'region', 'if_exists', 'if_superseded'];
const SOURCE: readonly string[] = ['source.commit', 'source.url', 'source.actor', 'source.message'];

const querySchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/**
 * The fields of a deployment that are given as query parameters, as the JSON body would have them. What has the wrong form stays as
 * it is, so that the schema of the body rejects it.
 */
function fieldsOfQuery(query: unknown): Record<string, unknown> {
  const source: Record<string, unknown> = {};
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(querySchema.parse(query))) {
    if (SOURCE.includes(name)) source[name.slice('source.'.length)] = fieldOf(name, value);
    else fields[name] = fieldOf(name, value);
  }
  return Object.keys(source).length === 0 ? fields : { ...fields, source };
}

function fieldOf(name: string, value: string | string[]): unknown {
  if (LISTS.includes(name)) return [value].flat();
  if (typeof value !== 'string') throw fieldProblem([{ pointer: `/${name}`, detail: repeated(value) }]);
  return NUMBERS.includes(name) || FLAGS.includes(name) ? literalOf(value) : value;
}

/** Turns a request whose body is the definition (RFC 9512) into the equivalent JSON request, before it is validated. */
class YamlRequestInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (mediaTypeOf(request) === YAML_MEDIA_TYPE) {
      const fields = fieldsOfQuery(request.query);
      if (Object.hasOwn(fields, 'senza_yaml'))
        throw fieldProblem([{ pointer: '/senza_yaml', detail: 'is the body: leave out the query parameter' }]);
      request.body = { ...fields, senza_yaml: request.body };
      request.query = {};
    }
    return next.handle();
  }
}

/** Also accepts the definition itself as `application/yaml`, with the other fields as query parameters. Needs the route option `acceptsYaml`. */
export function AcceptsYaml(): MethodDecorator {
  const description = `Only with a body of \`${YAML_MEDIA_TYPE}\`: the field of the same name.`;
  const query = (name: string, isArray = false): MethodDecorator =>
    ApiQuery({
      name,
      required: false,
      isArray,
      schema: { type: isArray ? 'array' : 'string', ...(isArray ? { items: { type: 'string' } } : {}) },
      description,
    });
  return applyDecorators(
    UseInterceptors(new YamlRequestInterceptor()),
    ...LISTS.map((name) => query(name, true)),
    ...[...TEXTS, ...NUMBERS, ...FLAGS, ...SOURCE].map((name) => query(name)),
  );
}
