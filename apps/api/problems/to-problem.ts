import { ProblemError } from './problem.error.js';
import { jsonPointer } from './validation-problem.js';
import { AccessDeniedError, type AccessDenial, TokenServiceUnavailableError } from '#auth';
import { DefinitionError } from '#definition';
import { DamagedAuditError, DamagedHistoryError, DamagedJobError, isWrongType, TooManyNamesError } from '#jobs';
import { isPermissionDenied, isRedisUnavailable, refusalOf } from '#redis';
import { HttpException } from '@nestjs/common';
import { type ProblemCode } from './problem-catalogue.js';

/** When to come again, in seconds: Redis, the token service and AWS are usually back soon. */
export const RETRY_AFTER_SECONDS = '3';

/** Converts any thrown error to a problem. The details of an unexpected error are not disclosed. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof AccessDeniedError) return accessProblem(error);
  if (error instanceof DefinitionError) return definitionProblem(error);
  if (error instanceof DamagedJobError) return damagedProblem(error);
  if (error instanceof DamagedHistoryError) return damagedHistoryProblem(error);
  if (error instanceof DamagedAuditError) return unavailable('store_unavailable', error.message);
  if (error instanceof TooManyNamesError) return tooManyNamesProblem(error);
  if (error instanceof TokenServiceUnavailableError)
    return unavailable('token_service_unavailable', 'The token service is unavailable');
  // Before the next: a client that disconnects within its body is a connection error, too.
  const status = statusOf(error);
  if (status !== null) return protocolProblem(status, error);
  if (isWrongType(error))
    return unavailable(
      'store_unavailable',
      'Another program has overwritten a key in Redis; workers repair those of the queues within seconds',
    );
  if (isPermissionDenied(error))
    return unavailable('store_unavailable', 'The user of Redis lacks a permission; the log of the API names it');
  if (isRedisUnavailable(error))
    return unavailable('store_unavailable', refusalOf(error) ?? 'Redis does not respond, or rejects the connection');
  return new ProblemError(
    'internal',
    'Something went wrong inside the agent; its log has more under the id of this request',
  );
}

function accessProblem({ challenge, denial, message, subject }: AccessDeniedError): ProblemError {
  return new ProblemError(codeOfDenial(denial), message, {
    headers: { 'www-authenticate': challenge },
    members: { ...membersOfDenial(denial, subject) },
  });
}

/** What to ask an administrator for. */
function membersOfDenial(denial: AccessDenial, subject: string | null): Readonly<Record<string, string | null>> {
  switch (denial) {
    case 'missing_token':
    case 'invalid_token':
      return {};
    case 'insufficient_scope':
      return { required_scope: subject };
    case 'user_not_allowed':
      return { user: subject };
    case 'no_admin_scope':
      return {};
    case 'not_job_owner':
      return { requested_by: subject };
  }
}

function codeOfDenial(denial: AccessDenial): ProblemCode {
  switch (denial) {
    case 'missing_token':
    case 'invalid_token':
      return 'unauthorized';
    case 'insufficient_scope':
    case 'user_not_allowed':
    case 'no_admin_scope':
    case 'not_job_owner':
      return 'forbidden';
  }
}

function definitionProblem({ subject, index, message, position, pointer: place }: DefinitionError): ProblemError {
  if (subject === 'definition') {
    const errors = [{ pointer: '/senza_yaml', detail: message }];
    return new ProblemError('invalid_definition', message, {
      errors,
      members: { ...(position === undefined ? {} : { position }), definition_pointer: place },
    });
  }
  const pointer = jsonPointer(index === undefined ? [subject] : [subject, index]);
  return new ProblemError('invalid_deployment', message, { errors: [{ pointer, detail: message }] });
}

function tooManyNamesProblem({ limit }: TooManyNamesError): ProblemError {
  const detail = `more than ${limit} stack names contain this; use a longer piece`;
  const errors = [{ pointer: '/stack_name_contains', detail }];
  return new ProblemError('invalid_request', `stack_name_contains: ${detail}`, { errors });
}

function damagedProblem({ id, reason }: DamagedJobError): ProblemError {
  const detail = `What Redis holds of job ${id} is damaged (${reason}); an unfinished job fails after three attempts of the workers`;
  return new ProblemError('record_damaged', detail, { members: { job_id: id } });
}

function damagedHistoryProblem({ place }: DamagedHistoryError): ProblemError {
  const detail = `Jobs would be missing: ${place ?? 'a key'} in Redis does not have the form that Lizzy writes. Use other filters; each job can be read by its ID`;
  return new ProblemError('history_damaged', detail, place === null ? {} : { members: { redis_key: place } });
}

function unavailable(code: ProblemCode, detail: string): ProblemError {
  return new ProblemError(code, detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
}

/** The status that Nest or Fastify gave an error of the protocol; null when it is none of theirs, or their own failure. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return clientError(error.getStatus());
  if (typeof error === 'object' && error !== null && 'statusCode' in error && 'code' in error)
    return clientError(error.statusCode);
  return null;
}

function clientError(status: unknown): number | null {
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}

const OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  431: 'headers_too_large',
};

function protocolProblem(status: number, error: unknown): ProblemError {
  const code = OF_STATUS[status] ?? 'malformed_request';
  return new ProblemError(code, error instanceof Error ? error.message : 'The request is malformed');
}
