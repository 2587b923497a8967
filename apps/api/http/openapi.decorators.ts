import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type ApiResponseOptions, ApiHeader } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE } from '../problems/problem.error.js';
import { IDEMPOTENCY_KEY } from './submission-context.decorator.js';

/** The section of the document with Lizzy 2's calls. */
export const LIZZY_2_TAG = 'Lizzy 2';

const WHY: Readonly<Record<number, string>> = {
  400: 'The request is invalid; `errors` lists the invalid fields',
  401: 'No valid token; `WWW-Authenticate` says more',
  403: 'The token lacks the scope, or its owner may not use this agent',
  404: 'The job or stack does not exist',
  408: 'The request was not received in time',
  409: 'The job or the stack, or another one, is in a state that does not allow this',
  410: 'The request of the job has expired',
  413: 'The body is larger than 1 MiB',
  414: 'A part of the path is too long',
  415: 'The media type or the encoding of the body is not accepted; `detail` names those that are',
  422: 'The `Idempotency-Key` was already used for a different request',
  429: 'Too many requests, unfinished jobs or waiting requests; `Retry-After` says when to try again',
  431: 'The header fields are larger than 16 KiB',
  500: 'An internal error, or the job has failed',
  502: 'AWS is unavailable',
  503: 'Redis, the token service or AWS is unavailable; `Retry-After` says when to try again',
  504: 'No worker has answered in time, or the job that the response names is still running',
};

/** A problem response for the OpenAPI document. */
export function problemResponse(status: number, description = WHY[status] ?? 'A problem'): ApiResponseOptions {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { status, description, content: { [PROBLEM_MEDIA_TYPE]: { schema } } };
}

/** Documents the problems that every authenticated route can respond with. @param statuses further ones of this route */
export function ApiProblems(...statuses: readonly number[]): MethodDecorator & ClassDecorator {
  const all = [...new Set([400, 401, 403, 408, ...statuses, 414, 429, 431, 500, 503])].sort();
  return applyDecorators(...all.map((status) => ApiResponse(problemResponse(status))));
}

/** Documents the problems that every public route can respond with. @param statuses further ones of this route */
export function ApiPublicProblems(...statuses: readonly number[]): MethodDecorator & ClassDecorator {
  return applyDecorators(...[400, 408, ...statuses, 431, 500].map((status) => ApiResponse(problemResponse(status))));
}

/** Documents `Idempotency-Key`. */
export function ApiIdempotencyKey(): MethodDecorator & ClassDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    // No example: the console would send it, and every further request would return the first job.
    description:
      'Makes it safe to send a request again: for 24 hours the same key with the same body returns the first job.',
    schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
  });
}

/** The forms of a job's log for the OpenAPI document, which cannot describe lines of JSON by a schema. */
export const logContent = {
  'application/x-ndjson': { schema: { type: 'string' as const } },
  'text/plain': { schema: { type: 'string' as const } },
};

/** The forms in which everything that matches can be downloaded. */
export const downloadContent = {
  'application/x-ndjson': { schema: { type: 'string' as const } },
  'text/csv': { schema: { type: 'string' as const } },
};
