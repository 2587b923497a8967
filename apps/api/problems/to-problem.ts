import { z } from 'zod';
import { ProblemError, type FieldError } from './problem.error.js';
import { AccessDeniedError, type AccessDenial, TokenServiceUnavailableError } from '#auth';
import { DefinitionError } from '#definition';
import { isRedisUnavailable } from '#redis';
import { HttpException } from '@nestjs/common';
import { type ProblemCode } from './problem-catalogue.js';

/** How many wrong fields the detail names. */
const NAMED_IN_DETAIL = 5;
/** How many wrong fields `errors` names; `more_errors` is the number of the others. */
const ERRORS_LIMIT = 100;

/** An issue as zod reports it; `keys` are those that the schema does not know. */
const issueSchema = z.object({
  message: z.string(),
  path: z.array(z.union([z.string(), z.number()])).default([]),
  keys: z.array(z.string()).optional(),
});

/** Makes a problem that names every wrong field of a request. @param issues of a zod schema */
export function validationProblem(issues: readonly unknown[]): ProblemError {
  return fieldProblem(issues.flatMap((issue) => fieldErrors(issueSchema.parse(issue))));
}

/** A problem about these fields. */
export function fieldProblem(errors: readonly FieldError[]): ProblemError {
  const count = errors.length === 1 ? '1 wrong field' : `${errors.length} wrong fields`;
  // Lizzy 2's client shows its user the detail, and nothing else.
  const named = errors.slice(0, NAMED_IN_DETAIL).map(({ pointer, detail }) => `${pointer || 'the body'} ${detail}`);
  return new ProblemError('invalid_request', `The request has ${count}: ${named.join('; ')}`, {
    errors: errors.slice(0, ERRORS_LIMIT),
    members: errors.length > ERRORS_LIMIT ? { more_errors: errors.length - ERRORS_LIMIT } : {},
  });
}

/** A path as a JSON pointer (RFC 6901, section 3). */
export function jsonPointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function fieldErrors({ message, path, keys }: z.output<typeof issueSchema>): FieldError[] {
  if (keys !== undefined) return keys.map((key) => ({ pointer: jsonPointer([...path, key]), detail: 'is unknown' }));
  const detail = message.endsWith('received undefined') ? 'is required' : message;
  return [{ pointer: jsonPointer(path), detail }];
}

/** When to come again, in seconds: Redis, the token service and AWS are usually back soon. */
export const RETRY_AFTER_SECONDS = '3';

/** Makes a problem of whatever was thrown. What is unknown says nothing about itself. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof AccessDeniedError) return accessProblem(error);
  if (error instanceof DefinitionError) return definitionProblem(error);
  if (error instanceof TokenServiceUnavailableError)
    return unavailable('token_service_unavailable', 'The token service is unavailable');
  if (isRedisUnavailable(error)) return unavailable('store_unavailable', 'Redis cannot be asked');
  const status = statusOf(error);
  if (status !== null) return protocolProblem(status, error);
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
  }
}

function codeOfDenial(denial: AccessDenial): ProblemCode {
  switch (denial) {
    case 'missing_token':
    case 'invalid_token':
      return 'unauthorized';
    case 'insufficient_scope':
    case 'user_not_allowed':
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
  return new ProblemError('invalid_request', message, { errors: [{ pointer, detail: message }] });
}

function unavailable(code: ProblemCode, detail: string): ProblemError {
  return new ProblemError(code, detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
}

/** The status that Nest or Fastify gave an error of the protocol; null when it is none of theirs, or their own failure. */
function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return clientError(error.getStatus());
  if (error instanceof Error && 'statusCode' in error && 'code' in error) return clientError(error.statusCode);
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
