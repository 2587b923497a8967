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

/** Senza ends so on wrong options and arguments (click's `UsageError`), but on some failures too. */
const CLICK_USAGE = 2;

type Rule = readonly [code: SenzaErrorCode, ...patterns: RegExp[]];

// Senza's words and those of CloudFormation, Route 53, IAM and botocore; the first rule that fits counts.
const RULES: readonly Rule[] = [
  ['stack_exists', /\bStack \S+ already exists\b/, /\bAlreadyExistsException\b/],
  ['has_traffic', /\bStack \S+ has traffic!/],
  ['no_domain', /\bhas no domain\b/],
  [
    'stack_not_found',
    /\bStack version \S+ not found\b/,
    /\bNo stack version of "[^"]*" found\b/,
    /\bStack (?:\S+ )?not found!/,
  ],
  [
    'throttled',
    /\bThrottling(?:Exception)?\b/,
    /\bRequestLimitExceeded\b/,
    /\bTooManyRequestsException\b/,
    /\bRate exceeded\b/,
  ],
  ['throttled', /\bPriorRequestNotComplete\b/],
  // botocore's own errors of connections, and what AWS calls its own failures ("Common errors" of its API references).
  [
    'unreachable',
    /^botocore\.exceptions\.(?:\w{1,64}TimeoutError|\w{0,64}Connection\w{0,64}Error|HTTPClientError|SSLError): /m,
  ],
  [
    'unreachable',
    /\bAn error occurred \((?:5\d\d|InternalFailure|InternalError|ServiceUnavailable|Unavailable)\) when /,
  ],
  [
    'stack_busy',
    /\bis in \w+_IN_PROGRESS\b/,
    /\bwhile in status \w+_IN_PROGRESS\b/,
    /\bOperationInProgressException\b/,
  ],
  ['no_credentials', /\bNo AWS credentials found\b/, /\bNoCredentialsError\b/, /\bCredentialRetrievalError\b/],
  ['no_credentials', /\bcredentials have expired\b/, /\bExpiredToken\b/, /\bSignatureDoesNotMatch\b/],
  ['no_credentials', /\bInvalidClientTokenId\b/, /\bUnrecognizedClientException\b/],
  ['access_denied', /\bmissing access rights\b/, /\bAccessDenied(?:Exception)?\b/, /\bUnauthorizedOperation\b/],
  ['stack_not_found', /\bStack with id \S+ does not exist\b/, /\bStack \[[^\][]*\] does not exist\b/],
  ['usage', /\bInvalid tag\b/, /\bcannot exceed 128 characters\b/],
  [
    'invalid_definition',
    /is not a valid senza definition/,
    /\bError parsing definition file\b/,
    /\byaml\.\w+\.\w+Error: /,
  ],
  ['invalid_definition', /\bSecurity Group "[^"]*" does not exist\b/, /\bSNS topic "[^"]*" does not exist\b/],
  ['invalid_definition', /\bmatching SSL certificate\b/, /^Validation Error: /m],
  ['invalid_definition', /\bKeyNotFoundError\b/, /\bTemplateNotFoundError\b/, /\bpystache\.parser\.ParsingError\b/],
];

/** How much of the output is searched: its end, in characters. It is foreign text, and may be megabytes. */
const SEARCHED_LENGTH = 8192;

/**
 * What went wrong, read from a command's exit code and the end of its words (both streams). A code of null means that a signal which
 * this client did not send ended it.
 */
export function readErrorCode(exitCode: number | null, output: string): SenzaErrorCode {
  const end = output.slice(-SEARCHED_LENGTH);
  const rule = RULES.find(([, ...patterns]) => patterns.some((pattern) => pattern.test(end)));
  if (rule !== undefined) return rule[0];
  if (exitCode === CLICK_USAGE) return 'usage';
  return exitCode === null || output.includes('Traceback (most recent call last):') ? 'crashed' : 'unknown';
}
