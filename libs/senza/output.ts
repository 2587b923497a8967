import { z, type ZodType } from 'zod';
import { SenzaError } from './errors.js';

/** The parts of a successful command's result that are needed to parse it. */
export interface ReadableOutput {
  /** For the error: the command for display. */
  readonly command: string;
  /** As it was written. */
  readonly stdout: string;
  /** Both streams, redacted. */
  readonly output: string;
}

/**
 * The rows of a command with `--output=json`; none when it printed no table.
 *
 * @throws {SenzaError} `unexpected_output`
 */
export function readTable<Row>(row: ZodType<Row>, from: ReadableOutput): Row[] {
  return readWith(from, () => z.array(row).parse(JSON.parse(from.stdout.trim() === '' ? '[]' : from.stdout)));
}

/**
 * What a parser makes of a command's output.
 *
 * @throws {SenzaError} `unexpected_output` when the parser throws
 */
export function readWith<Value>({ command, output }: ReadableOutput, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    const details = { command, exitCode: 0, signal: null, outputTail: output.slice(-1000), cause };
    throw new SenzaError('unexpected_output', `Senza's output of "${command}" is not what was expected`, details);
  }
}
