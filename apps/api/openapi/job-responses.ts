import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { jobSchema } from '../jobs/job.schema.js';

/** Documents the answer of a call that makes a job, or changes one. */
export function ApiAcceptedJob(description: string): MethodDecorator {
  const headers = { Location: { description: 'Where the job is', schema: { type: 'string' as const } } };
  return applyDecorators(ApiResponse({ status: 202, description, standardSchema: jobSchema, headers }));
}
