/** What can be wrong with a command. A closed list: decisions are made on it, never on Senza's words. */
export const SENZA_ERROR_CODES = [
  'usage',
  'invalid_definition',
  'stack_exists',
  'stack_not_found',
  'stack_busy',
  'has_traffic',
  'no_domain',
  'throttled',
  /** AWS has given no answer, or a 5xx one. */
  'unreachable',
  'no_credentials',
  'access_denied',
  'timed_out',
  'cancelled',
  'lease_lost',
  'output_too_long',
  'unexpected_output',
  'not_installed',
  'crashed',
  'unknown',
] as const;

/** One of {@link SENZA_ERROR_CODES}. */
export type SenzaErrorCode = (typeof SENZA_ERROR_CODES)[number];

/** What is known about a command that failed. */
export interface SenzaErrorDetails {
  /** The subcommand, and its arguments without the values of parameters and tags. */
  readonly command: string;
  /** Null when a signal ended it or it never ran. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The end of what it wrote, both streams merged, redacted. */
  readonly outputTail: string;
  readonly cause?: unknown;
}

/** A Senza command that failed or was ended. */
export class SenzaError extends Error {
  override readonly name = 'SenzaError';
  readonly command: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly outputTail: string;

  constructor(
    readonly code: SenzaErrorCode,
    message: string,
    details: SenzaErrorDetails,
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.command = details.command;
    this.exitCode = details.exitCode;
    this.signal = details.signal;
    this.outputTail = details.outputTail;
  }
}
