import { type JobErrorCode, JobFailure } from '#jobs';
import { type SenzaError, type SenzaErrorCode } from '#senza';

/** What a command's failure means for its job. Codes that the runner handles itself do not get here. */
function jobErrorCodeOf(code: SenzaErrorCode): JobErrorCode {
  switch (code) {
    case 'stack_exists':
    case 'stack_not_found':
    case 'stack_busy':
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
      return 'invalid_request';
    case 'timed_out':
      return 'senza_timed_out';
    case 'access_denied':
    case 'cancelled':
    case 'crashed':
    case 'lease_lost':
    case 'not_installed':
    case 'output_too_long':
    case 'unexpected_output':
    case 'unknown':
      return 'senza_failed';
  }
}

/** The failure of a job because of a Senza command: what it was, how it ended, and the end of what it said. */
export function senzaFailure(error: SenzaError): JobFailure {
  return new JobFailure(
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
