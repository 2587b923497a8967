import { type AwsError } from '#aws';
import { JobFailedError, type JobErrorCode } from '#jobs';
import { type Senza, type SenzaError, type SenzaErrorCode } from '#senza';
import { senzaRegions } from '#senza/commands/regions.js';
import { type StepServices } from './step-context.js';

/** The failure of a job or a query when AWS cannot be read. */
export function awsFailure(error: AwsError): JobFailedError {
  const { code, message } = error;
  switch (code) {
    case 'throttled':
    case 'no_credentials':
      return new JobFailedError(code, message, {}, { cause: error });
    case 'unavailable':
    case 'refused':
    case 'invalid':
    case 'unknown':
      return new JobFailedError('aws_unavailable', message, { aws_error: code }, { cause: error });
  }
}

/** What a command's failure means for its job. Codes that the runner handles itself do not get here. */
function jobErrorCodeOf(code: SenzaErrorCode): JobErrorCode {
  switch (code) {
    case 'stack_exists':
    case 'stack_not_found':
    case 'stack_busy':
    case 'stack_protected':
    case 'no_domain':
    case 'no_credentials':
    case 'throttled':
      return code;
    case 'has_traffic':
      return 'stack_has_traffic';
    case 'unreachable':
      return 'aws_unavailable';
    case 'usage':
    case 'invalid_definition':
    case 'quota_exceeded':
    case 'rejected':
      return 'invalid_request';
    case 'timed_out':
      return 'senza_timed_out';
    case 'access_denied':
    case 'cancelled':
    case 'crashed':
    case 'lease_lost':
    case 'limit_exceeded':
    case 'no_space':
    case 'not_installed':
    case 'output_too_long':
    case 'unexpected_output':
    case 'unsupported':
    case 'unknown':
      return 'senza_failed';
  }
}

/** The failure of a job because of a Senza command: the command, how it exited, and the end of its output. */
export function senzaFailure(error: SenzaError): JobFailedError {
  return new JobFailedError(
    jobErrorCodeOf(error.code),
    error.message,
    {
      command: error.command,
      senza_error: error.code,
      exit_code: error.exitCode,
      signal: error.signal,
      output: error.outputTail,
    },
    { cause: error },
  );
}

/**
 * Distinguishes an invalid region from an AWS outage. Retrying helps only with the latter.
 * @returns `invalid_request` with Senza's words as `output`; null when Senza knows the region
 */
export async function unknownRegion(
  { regions }: Pick<StepServices, 'regions'>,
  region: string,
  error: AwsError,
): Promise<JobFailedError | null> {
  if (error.code === 'throttled') return null;
  const output = await regions.refusalOf(region);
  return output === null ? null : regionFailure(region, output, { cause: error });
}

/**
 * Rejects a region that Senza does not know before AWS clients are created for it. The region of the worker is not checked: its
 * jobs must not depend on a list that Senza cannot give now.
 * @throws JobFailedError `invalid_request`
 */
export async function assertKnownRegion({ regions }: Pick<StepServices, 'regions'>, region: string): Promise<void> {
  const output = region === regions.home ? null : await regions.refusalOf(region);
  if (output !== null) throw regionFailure(region, output);
}

function regionFailure(region: string, output: string, options?: ErrorOptions): JobFailedError {
  return new JobFailedError('invalid_request', `Senza knows no region ${region}.`, { region, output }, options);
}

/** How long Senza may take to list the regions, in milliseconds. */
const ASK_LIMIT_MS = 30_000;

/** The regions that this worker's Senza knows: read once, when a job or query is for a region other than that of the worker. */
export class SenzaRegions {
  private known: Promise<ReadonlySet<string>> | null = null;

  /** @param home the region of the worker */
  constructor(
    private readonly senza: Pick<Senza, 'run'>,
    readonly home: string,
  ) {}

  /**
   * Senza's message about an invalid region; null when Senza knows the region, or cannot be run now.
   * A region that does not exist has no address in DNS: the SDK cannot distinguish it from an outage of AWS.
   */
  async refusalOf(region: string): Promise<string | null> {
    try {
      const known = await (this.known ??= this.senza.run(
        senzaRegions,
        {},
        { signal: AbortSignal.timeout(ASK_LIMIT_MS) },
      ));
      if (known.has(region)) return null;
      const all = [...known].map((each) => `  - ${each}`).join('\n');
      return `Invalid value for '--region': '${region}'. Region must be one of the following AWS regions:\n${all}`;
    } catch {
      this.known = null;
      return null;
    }
  }
}
