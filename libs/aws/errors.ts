import { type AwsErrorKind, awsErrorKind } from '#aws-errors';
import { plainLine } from '#formats';
import { isConnectionError } from '#network';
import { isNativeError } from 'node:util/types';

/** Why a request to AWS can fail: a closed list. */
export const AWS_ERROR_CODES = [
  /** AWS throttles. */
  'throttled',
  /** No credentials, or ones that AWS does not know or that have expired. */
  'no_credentials',
  /** No response, or one with a 5xx status. */
  'unavailable',
  /** Access denied: the worker's role lacks a permission, or the account has not enabled the service or the region. */
  'refused',
  /** AWS rejects the request as invalid. */
  'invalid',
  'unknown',
] as const;

/** See `AWS_ERROR_CODES`. */
export type AwsErrorCode = (typeof AWS_ERROR_CODES)[number];

/** A failed request to AWS. */
export class AwsError extends Error {
  override readonly name = 'AwsError';

  constructor(
    readonly code: AwsErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Is this AWS asking to slow down? */
export function isThrottling(error: unknown): boolean {
  return error instanceof AwsError && error.code === 'throttled';
}

// What a name alone says; of the others, the status says whose fault it is: `InvalidClientRequest` with 503 is AWS's own.
const CODE_OF_KIND: Readonly<Partial<Record<AwsErrorKind, AwsErrorCode>>> = {
  throttled: 'throttled',
  no_credentials: 'no_credentials',
  access_denied: 'refused',
  unavailable: 'unavailable',
};

/** Codes of errors that the SDK's own requests have besides those of sockets. */
const REQUEST_CODES: readonly string[] = ['EPROTO', 'ERR_SOCKET_CONNECTION_TIMEOUT'];

/** Classifies an error of the SDK: by its name, else by the socket's code, else by the HTTP status. */
export function awsErrorCode(error: unknown): AwsErrorCode {
  if (!isNativeError(error)) return 'unknown';
  const code = codeOfName(error.name);
  if (code !== undefined) return code;
  if (isConnectionError(error)) return 'unavailable';
  if ('code' in error && typeof error.code === 'string' && REQUEST_CODES.includes(error.code)) return 'unavailable';
  return codeOfStatus(httpStatus(error));
}

/**
 * The outcome of a request that another SDK has made.
 *
 * @param status the HTTP status; null when AWS has not answered
 * @param error the code that AWS has answered with, for instance `Throttling`
 */
export function awsOutcome(status: number | null, error: string | null): 'succeeded' | AwsErrorCode {
  if (status === null) return 'unavailable';
  if (status < 300) return 'succeeded';
  return (error === null ? undefined : codeOfName(error)) ?? codeOfStatus(status);
}

/** Whether CloudFormation answers that the stack does not exist: it has no code of its own for this, but a sentence. */
export function saysStackIsMissing(error: unknown): boolean {
  return (
    isNativeError(error) && error.name === 'ValidationError' && /^Stack with id .+ does not exist$/.test(error.message)
  );
}

/** The same as one error of ours; `doing` says what was being done. */
export function readAwsError(doing: string, error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const words = isNativeError(error) ? (error.message === '' ? error.name : error.message) : String(error);
  return new AwsError(awsErrorCode(error), `${doing}: ${plainLine(words)}`, { cause: error });
}

function codeOfName(name: string): AwsErrorCode | undefined {
  const kind = awsErrorKind(name);
  return kind === undefined ? undefined : CODE_OF_KIND[kind];
}

function codeOfStatus(status: number | undefined): AwsErrorCode {
  if (status === undefined) return 'unknown';
  if (status === 429) return 'throttled';
  if (status === 401) return 'no_credentials';
  if (status === 403) return 'refused';
  if (status >= 500) return 'unavailable';
  return status >= 400 ? 'invalid' : 'unknown';
}

function httpStatus(error: Error): number | undefined {
  if (!('$metadata' in error) || typeof error.$metadata !== 'object' || error.$metadata === null) return undefined;
  const { $metadata } = error;
  return 'httpStatusCode' in $metadata && typeof $metadata.httpStatusCode === 'number'
    ? $metadata.httpStatusCode
    : undefined;
}
