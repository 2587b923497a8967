import { type AwsErrorKind, awsErrorKind } from '#aws-errors';

/** What can be wrong with a command. A closed list: decisions are made on it, never on Senza's words. */
export const SENZA_ERROR_CODES = [
  'usage',
  /** It knows no such command or option: it is another version than Lizzy needs, or no Senza. */
  'unsupported',
  'invalid_definition',
  'stack_exists',
  'stack_not_found',
  'stack_busy',
  'stack_protected',
  'has_traffic',
  'no_domain',
  'throttled',
  /** AWS has not responded, or with a 5xx status. */
  'unreachable',
  'no_credentials',
  'access_denied',
  'timed_out',
  'cancelled',
  'lease_lost',
  'output_too_long',
  /** It met a limit of the runtime (processor time, memory, files, processes), or the limit could not be set. */
  'limit_exceeded',
  /** The worker has no space for the files of the command. */
  'no_space',
  /** A quota of the AWS account is reached. */
  'quota_exceeded',
  /** AWS rejects the call as invalid: it names something that does not exist, for instance. */
  'rejected',
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

/** Nothing that Senza says of a wrong option or value: it quotes the value, which can be any text. */
const NEVER_USAGE: readonly SenzaErrorCode[] = [
  'limit_exceeded',
  'unreachable',
  'stack_busy',
  'no_credentials',
  'access_denied',
];

type Rule = readonly [code: SenzaErrorCode, ...patterns: RegExp[]];

/** Characters of the output that are read, from its end: the patterns must not take long on foreign text. */
const READ_LENGTH = 8192;

// Sentences of Senza, of the runtime's repairs, of CloudFormation, Route 53, IAM and botocore; the first rule counts that
// fits a line of the output. A name in a pattern has a bounded length.
const RULES: readonly Rule[] = [
  // First, since they quote names of the definition: these can be any text, also one that fits another rule, and have line breaks.
  ['invalid_definition', /\bSecurity Group "/, /\bSNS topic "/, /\bmatching SSL certificate\b/],
  ['limit_exceeded', /^Senza was (?:stopped|not started): /],
  ['unsupported', /^Error: no such (?:option|command)\b/i],
  ['invalid_definition', /is not a valid senza definition/],
  ['stack_protected', /^(?:Error: )?The stack policy of \S{1,255} denies Update:/],
  ['stack_exists', /\bStack \S{1,255} already exists\b/, /\bAlreadyExistsException\b/],
  ['has_traffic', /\bStack \S{1,255} has traffic!/],
  ['no_domain', /\bhas no (?:weighted )?domain\b/],
  [
    'stack_not_found',
    /\bStack version \S{1,255} not found\b/,
    /\bNo stack version of "[^"]{1,255}" found\b/,
    /\bStack (?:\S{1,255} )?not found!/,
  ],
  // botocore's own errors of connections.
  [
    'unreachable',
    /^AWS did not answer: /,
    /^botocore\.exceptions\.(?:\w{1,40}TimeoutError|\w{0,40}Connection\w{0,40}Error|HTTPClientError|SSLError): /,
  ],
  ['stack_busy', /\bis in [A-Z_]{1,50}_IN_PROGRESS\b/, /\bwhile in status [A-Z_]{1,50}_IN_PROGRESS\b/],
  ['no_credentials', /\bNo AWS credentials found\b/, /\bNoCredentialsError\b/, /\bCredentialRetrievalError\b/],
  ['no_credentials', /\bcredentials have expired\b/],
  ['access_denied', /\bmissing access rights\b/],
  ['stack_not_found', /\bStack with id \S{1,255} does not exist\b/, /\bStack \[[^\]]{1,255}\] does not exist\b/],
  ['usage', /\bInvalid tag\b/, /\bcannot exceed 128 characters\b/],
  ['invalid_definition', /\bError parsing definition file\b/, /\byaml\.\w{1,40}\.\w{1,40}Error: /],
  ['invalid_definition', /^Validation Error: /, /^The call to AWS is not valid: /],
  ['invalid_definition', /\bInsufficientCapabilitiesException\b/],
  ['invalid_definition', /\bKeyNotFoundError\b/, /\bTemplateNotFoundError\b/, /\bpystache\.parser\.ParsingError\b/],
];

/** botocore's sentence about an answer of AWS, to a request or to one of its waiters: the name of the error. */
const AWS_ANSWER = /\bAn error occurred \(([\w.]{1,80})\)(?: when calling the |: )/;

const CODE_OF_KIND: Readonly<Record<AwsErrorKind, SenzaErrorCode>> = {
  throttled: 'throttled',
  quota_exceeded: 'quota_exceeded',
  // EC2 counts it among the errors of its own side, and advises to try again.
  no_capacity: 'unreachable',
  unavailable: 'unreachable',
  no_credentials: 'no_credentials',
  access_denied: 'access_denied',
  busy: 'stack_busy',
  name_taken: 'rejected',
  rejected: 'rejected',
};

/** What Senza writes before the outcome of an action, on the same line. */
const ACTION = /^[A-Z][^\n]{0,300}?\.\. {1,2}(?:EXCEPTION OCCURRED: )?(?=\S)/;

/** What went wrong, and the line of the output that says so. */
export interface ReadError {
  readonly code: SenzaErrorCode;
  /** Null when Senza has said nothing. */
  readonly sentence: string | null;
}

/**
 * What went wrong, read from a command's exit code and its words (both streams). An exit code of null means
 * a signal that the agent did not send.
 */
export function readError(exitCode: number | null, output: string): ReadError {
  const lines = output
    .slice(-READ_LENGTH)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  for (const [code, ...patterns] of RULES) {
    if (exitCode === CLICK_USAGE && NEVER_USAGE.includes(code)) continue;
    const line = lines.findLast((each) => patterns.some((pattern) => pattern.test(each)));
    if (line === undefined) continue;
    // Senza writes AWS's sentence, which names the missing permission, on the next line.
    const next = code === 'access_denied' ? lines[lines.lastIndexOf(line) + 1] : undefined;
    return { code, sentence: [sentenceOf(line), ...(next === undefined ? [] : [next])].join(' ') };
  }
  const answer = readAnswer(lines);
  if (answer !== null) return answer;
  const last = lines.findLast((line) => line.startsWith('Error: ')) ?? lines.at(-1);
  const sentence = last === undefined ? null : sentenceOf(last);
  if (exitCode === CLICK_USAGE) return { code: 'usage', sentence };
  const hasCrashed = lines.some(
    (line) => line.startsWith('Traceback (most recent') || line.startsWith('Senza crashed: '),
  );
  return { code: exitCode === null || hasCrashed ? 'crashed' : 'unknown', sentence };
}

/** An answer of AWS that no rule knows, by the name of its error: it is no crash of Senza, with or without a traceback. */
function readAnswer(lines: readonly string[]): ReadError | null {
  const line = lines.findLast((each) => AWS_ANSWER.test(each));
  const name = line === undefined ? undefined : AWS_ANSWER.exec(line)?.[1];
  if (line === undefined || name === undefined) return null;
  const kind = awsErrorKind(name);
  return { code: kind === undefined ? 'unknown' : CODE_OF_KIND[kind], sentence: sentenceOf(line) };
}

function sentenceOf(line: string): string {
  return line.replace(ACTION, '').replace(/^Error: /, '');
}
