import { type SenzaErrorCode } from './senza-error.js';

/** Senza ends so on wrong options and arguments (click's `UsageError`), but on some failures too. */
const CLICK_USAGE = 2;

type Rule = readonly [pattern: RegExp, code: SenzaErrorCode];

// Senza's words and those of CloudFormation, Route 53 and botocore, most specific first.
const RULES: readonly Rule[] = [
  [/\bStack \S+ already exists\b|\bAlreadyExistsException\b/, 'stack_exists'],
  [/\bStack \S+ has traffic!/, 'has_traffic'],
  [/\bhas no domain\b/, 'no_domain'],
  [
    /\bStack version \S+ not found\b|\bNo stack version of "[^"]*" found\b|\bStack \S+ not found!|\bStack not found!/,
    'stack_not_found',
  ],
  [
    /\bThrottling(?:Exception)?\b|\bRequestLimitExceeded\b|\bPriorRequestNotComplete\b|\bTooManyRequestsException\b|\bRate exceeded\b/,
    'throttled',
  ],
  [
    /\bin (?:state|status )?\w+_IN_PROGRESS\b|\bwhile in status \w+_IN_PROGRESS\b|\bOperationInProgressException\b|\brequested operation not executed\b/,
    'stack_busy',
  ],
  [
    /\bNo AWS credentials found\b|\bNoCredentialsError\b|\bcredentials have expired\b|\bExpiredToken\b|\bInvalidClientTokenId\b|\bUnrecognizedClientException\b|\bSignatureDoesNotMatch\b|\bCredentialRetrievalError\b/,
    'no_credentials',
  ],
  [
    /\bmissing access rights\b|\bAccessDenied(?:Exception)?\b|\bUnauthorizedOperation\b|\bis not authorized to perform\b/,
    'access_denied',
  ],
  [/\bStack with id \S+ does not exist\b|\bStack \[[^\]]*\] does not exist\b/, 'stack_not_found'],
  [/\bInvalid tag\b|\bcannot exceed 128 characters\b/, 'usage'],
  [
    /is not a valid senza definition|\byaml\.\w+\.\w+Error: |\bmatching SSL certificate\b|\bError parsing definition file\b|\bSecurity Group "[^"]*" does not exist\b|\bSNS topic "[^"]*" does not exist\b|\bKeyNotFoundError\b|\bTemplate format error\b|\bTemplate error\b|\bTemplateNotFoundError\b|\bParsingError\b|^Validation Error: /m,
    'invalid_definition',
  ],
];

/**
 * What went wrong, read from a command's exit code and its words. Only the last error counts where Senza gives several:
 * what comes after a traceback is the exception.
 */
export function readErrorCode(exitCode: number | null, output: string): SenzaErrorCode {
  const rule = RULES.find(([pattern]) => pattern.test(output));
  if (rule !== undefined) return rule[1];
  if (exitCode === CLICK_USAGE) return 'usage';
  return exitCode === null || /^Traceback \(most recent call last\):/m.test(output) ? 'crashed' : 'unknown';
}
