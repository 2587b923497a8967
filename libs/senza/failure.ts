import { type CommandResult } from './process/command.js';
import { readErrorCode } from './errors.js';
import { SenzaError, type SenzaErrorCode } from './errors.js';

/** Characters of the output that an error keeps: its end. */
const MAX_TAIL_LENGTH = 8192;

/** What a failure is made of. */
export interface Failure {
  readonly command: string;
  readonly result: CommandResult;
  readonly redact: (text: string) => string;
}

/** The error of a command that was ended or failed; undefined after a success. */
export function toSenzaError({ command, result, redact }: Failure): SenzaError | undefined {
  const { exitCode, signal, startError } = result;
  const code = readCode(result);
  if (code === undefined) return undefined;
  const outputTail = redact(result.merged).trim().slice(-MAX_TAIL_LENGTH);
  return new SenzaError(code, describe(code, command, result), {
    command,
    exitCode,
    signal,
    outputTail,
    cause: startError,
  });
}

/** The error of a command that was not started because of its job. */
export function notStarted(code: 'cancelled' | 'lease_lost', command: string): SenzaError {
  const result = { exitCode: null, signal: null, stdout: '', merged: '', ended: undefined, startError: undefined };
  return new SenzaError(code, describe(code, command, result), {
    command,
    exitCode: null,
    signal: null,
    outputTail: '',
  });
}

function readCode({ ended, startError, exitCode, merged }: CommandResult): SenzaErrorCode | undefined {
  if (ended !== undefined) return ended;
  if (startError !== undefined) return 'not_installed';
  return exitCode === 0 ? undefined : readErrorCode(exitCode, merged);
}

// One sentence for each way to end. Senza's own words are in the tail, not here.
function describe(code: SenzaErrorCode, command: string, { exitCode, signal }: CommandResult): string {
  switch (code) {
    case 'timed_out':
      return `"${command}" took too long and was ended`;
    case 'cancelled':
      return `"${command}" was cancelled`;
    case 'lease_lost':
      return `"${command}" was ended because its worker had lost the claim of the job`;
    case 'output_too_long':
      return `"${command}" wrote too much and was ended`;
    case 'not_installed':
      return `"${command}" could not be started`;
    default:
      return `"${command}" ended with ${exitCode === null ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`}`;
  }
}
