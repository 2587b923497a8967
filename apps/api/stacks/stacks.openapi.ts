import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';
import { type z } from 'zod';
import { jobSchema } from '../jobs/job.dto.js';
import { ApiIdempotencyKey, ApiProblems } from '../http/openapi.decorators.js';

const text = (description: string): { description: string; schema: { type: 'string' } } => {
  return { description, schema: { type: 'string' } };
};
const JOB_ID = { 'X-Lizzy-Job-Id': text('The job that makes the change: `GET /api/jobs/{id}`') };
const OUTPUT = { 'X-Lizzy-Output': text('The output of Senza; each newline is written as the two characters `\\n`') };

/** Documents the id of a stack in a path. */
export function ApiStackId(): MethodDecorator & ClassDecorator {
  const description = '`NAME-VERSION` of the stack; for instance `hello-v1`; it is split at its last hyphen';
  return ApiParam({ name: 'id', description, schema: { type: 'string' } });
}

/** The response of a changing call when its job has finished. */
export interface AwaitedAnswer {
  readonly status: number;
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Whether it has `X-Lizzy-Output`. */
  readonly output: boolean;
}

/** Documents a changing call that waits for its job. */
export function ApiAwaitedChange({ status, description, schema, output }: AwaitedAnswer): MethodDecorator {
  const headers = { ...JOB_ID, ...(output ? OUTPUT : {}) };
  const accepted = 'With `Prefer`: the job, without waiting for its end';
  const location = {
    Location: text('URL of the job'),
    'Preference-Applied': text('The preference that was applied (RFC 7240)'),
  };
  return applyDecorators(
    ApiHeader({
      name: 'Prefer',
      required: false,
      description:
        '`respond-async`: respond with 202 at once. `wait=N`: respond with 202 after N seconds at the latest (RFC 7240).',
      schema: { type: 'string' },
    }),
    ApiIdempotencyKey(),
    ...(schema === undefined
      ? [ApiResponse({ status, description, headers })]
      : [ApiResponse({ status, description, headers, standardSchema: schema })]),
    // A finished patch responds with 202, too: there the two share one entry.
    ...(status === 202
      ? []
      : [
          ApiResponse({
            status: 202,
            description: accepted,
            headers: { ...JOB_ID, ...location },
            standardSchema: jobSchema,
          }),
        ]),
    ApiProblems(404, 409, 413, 415, 422, 502, 504),
  );
}
