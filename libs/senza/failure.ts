import { hostname } from 'node:os';
import { isNativeError } from 'node:util/types';
import { type CommandResult } from './process/command.js';
import { readError, type ReadError, SenzaError, type SenzaErrorCode } from './errors.js';

/** Characters of the output that an error keeps: its end. */
const MAX_TAIL_LENGTH = 8192;

/** What the runtime reports for a command that the kernel has killed for its processor time. */
const CPU_LIMIT_SIGNAL = 'SIGXCPU';
/** What the runtime ends with when a command has met a limit (lizzy_runtime/limits.py). */
const LIMIT_EXIT_CODE = 76;

/** What a failure is made of. */
export interface Failure {
  readonly command: string;
  readonly result: CommandResult;
  readonly redact: (text: string) => string;
}

/** The error of a command that was ended or failed; undefined after a success. */
export function toSenzaError({ command, result, redact }: Failure): SenzaError | undefined {
  const { exitCode, signal, startError } = result;
  const outputTail = redact(result.merged).trim().slice(-MAX_TAIL_LENGTH);
  const error = readResult(result, outputTail);
  if (error === undefined) return undefined;
  return new SenzaError(error.code, describe(error, command, result), {
    command,
    exitCode,
    signal,
    outputTail,
    cause: startError,
  });
}

/** The error of a command that was not started because of its job, or of the worker. */
export function notStarted(code: 'cancelled' | 'lease_lost' | 'no_space', command: string): SenzaError {
  const result = { exitCode: null, signal: null, stdout: '', merged: '', ended: undefined, startError: undefined };
  return new SenzaError(code, describe({ code, sentence: null }, command, result), {
    command,
    exitCode: null,
    signal: null,
    outputTail: '',
  });
}

function readResult({ ended, startError, exitCode, signal }: CommandResult, outputTail: string): ReadError | undefined {
  const without = (code: SenzaErrorCode): ReadError => ({ code, sentence: null });
  if (ended !== undefined) return without(ended);
  if (startError !== undefined) return without('not_installed');
  if (signal === CPU_LIMIT_SIGNAL) return without('limit_exceeded');
  if (exitCode === 0) return undefined;
  const error = readError(exitCode, outputTail);
  // Without a sentence it had no memory left even for that.
  return exitCode === LIMIT_EXIT_CODE && error.code !== 'limit_exceeded' ? without('limit_exceeded') : error;
}

// One sentence for each kind of exit; for a command that was not terminated, the one that it has written.
function describe(
  { code, sentence }: ReadError,
  command: string,
  { exitCode, signal, startError }: CommandResult,
): string {
  switch (code) {
    case 'timed_out':
      return `"${command}" took too long and was ended`;
    case 'cancelled':
      return `"${command}" was cancelled`;
    case 'lease_lost':
      return `"${command}" was ended because its worker had lost the claim of the job`;
    case 'no_space':
      return `"${command}" was not started: the worker ${hostname()} has no space left for temporary files (TMPDIR)`;
    case 'output_too_long':
      return `"${command}" wrote too much and was ended`;
    case 'not_installed':
      return `"${command}" could not be started${reasonOf(startError)}: Senza must be on the PATH of the worker, or SENZA_PYTHON or SENZA_COMMAND must name an executable file`;
    case 'invalid_definition':
      // The request has no file.
      return (sentence ?? command).replace(
        /^definition\.yaml is not a valid senza definition/,
        'The definition is not valid',
      );
    case 'unsupported':
      return `The Senza of the worker is not the one that Lizzy needs: ${sentence ?? command}`;
    case 'limit_exceeded':
      if (sentence !== null) return sentence;
      return signal === CPU_LIMIT_SIGNAL
        ? `"${command}" used too much processor time (SENZA_CPU_SECONDS) and was ended`
        : `"${command}" used too much memory (SENZA_MEMORY_MIB) and was ended`;
    default:
      if (exitCode === null) return `"${command}" ended with signal ${signal ?? 'unknown'}`;
      return sentence ?? `"${command}" ended with exit code ${exitCode} and wrote nothing`;
  }
}

/** Which file could not be executed: the interpreter of a broken virtual environment is not the one that was configured. */
function reasonOf(startError: unknown): string {
  return isNativeError(startError) ? ` (${startError.message})` : '';
}
