import { z, type ZodType } from 'zod';
import { SenzaError } from './senza-error.js';

/** What is needed of a successful command to read it. */
export interface ReadableOutput {
  /** For the error: the command as people read it. */
  readonly command: string;
  readonly stdout: string;
  readonly output: string;
}

const versionSchema = z.string().regex(/^Senza \S+$/);

/**
 * The rows of a command with `--output=json`; none when it printed no table.
 *
 * @throws {SenzaError} `unexpected_output`
 */
export function readTable<Row>(row: ZodType<Row>, from: ReadableOutput): Row[] {
  return read(from, () => z.array(row).parse(JSON.parse(from.stdout.trim() === '' ? '[]' : from.stdout)));
}

/**
 * The version that `senza --version` prints as `Senza 2.1.143`.
 *
 * @throws {SenzaError} `unexpected_output`
 */
export function readVersion(from: ReadableOutput): string {
  return read(from, () => versionSchema.parse(from.stdout.trim()).slice('Senza '.length));
}

/**
 * The regions that Senza names when it refuses one, a line each: `  - eu-west-1`.
 *
 * @throws {SenzaError} `unexpected_output`
 */
export function readRegions(from: ReadableOutput): ReadonlySet<string> {
  const named = [...from.stdout.matchAll(/^ +- ([a-z0-9-]+)$/gm)].map(([, region]) => region);
  return read(from, () => new Set(z.array(z.string()).min(1).parse(named)));
}

function read<Value>({ command, output }: ReadableOutput, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    const details = { command, exitCode: 0, signal: null, outputTail: output.slice(-1000), cause };
    throw new SenzaError('unexpected_output', `Senza's output of "${command}" is not what was expected`, details);
  }
}
