/** What can be wrong with a look at AWS: a closed list. */
export const AWS_ERROR_CODES = [
  /** AWS asks to slow down. */
  'throttled',
  /** No credentials, or ones that AWS does not know or that have expired. */
  'no_credentials',
  /** No answer, or a 5xx one. */
  'unavailable',
  /** Access denied: the worker's role lacks a permission. */
  'refused',
  /** AWS says that the request is wrong. */
  'invalid',
  'unknown',
] as const;

/** See `AWS_ERROR_CODES`. */
export type AwsErrorCode = (typeof AWS_ERROR_CODES)[number];

/** A look at AWS that gave no answer. */
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
