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

/**
 * Error codes by what they mean, from "Common errors" in the API references of CloudFormation, EC2, Auto Scaling and Route
 * 53, and the SDK's own (`CredentialsProviderError`, `TimeoutError`).
 */
const NAMES: Readonly<Record<Exclude<AwsErrorCode, 'invalid' | 'unknown'>, readonly string[]>> = {
  throttled: [
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
    'PriorRequestNotComplete',
    'SlowDown',
    'BandwidthLimitExceeded',
    'EC2ThrottledException',
  ],
  no_credentials: [
    'CredentialsProviderError',
    'TokenProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'InvalidAccessKeyId',
    'SignatureDoesNotMatch',
    'InvalidSignatureException',
    'IncompleteSignature',
    'AuthFailure',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
  ],
  refused: [
    'AccessDenied',
    'AccessDeniedException',
    'UnauthorizedOperation',
    'NotAuthorized',
    'OptInRequired',
    'Blocked',
    'PendingVerification',
  ],
  unavailable: [
    'TimeoutError',
    'RequestTimeout',
    'RequestTimeoutException',
    'ServiceUnavailable',
    'Unavailable',
    'InternalFailure',
    'InternalError',
    'InternalServerError',
  ],
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
  return new AwsError(awsErrorCode(error), `${doing}: ${words}`, { cause: error });
}

function codeOfName(name: string): AwsErrorCode | undefined {
  if (NAMES.throttled.includes(name)) return 'throttled';
  if (NAMES.no_credentials.includes(name)) return 'no_credentials';
  if (NAMES.refused.includes(name)) return 'refused';
  return NAMES.unavailable.includes(name) ? 'unavailable' : undefined;
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
