import { z, type ZodType } from 'zod';
import { SenzaError } from './errors.js';

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

/** Whether `senza update` reports that there was nothing to update (`update_stack_from_template` in Senza's aws.py). */
export function saysNoUpdate(output: string): boolean {
  return /^Updating Cloud Formation stack .*NO UPDATE$/m.test(output.trimEnd());
}

function read<Value>({ command, output }: ReadableOutput, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    const details = { command, exitCode: 0, signal: null, outputTail: output.slice(-1000), cause };
    throw new SenzaError('unexpected_output', `Senza's output of "${command}" is not what was expected`, details);
  }
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** A row of `senza traffic NAME -o json`. */
export const trafficWeightSchema = z
  .object({ stack_name: z.string(), version: text, identifier: z.string(), 'weight%': z.number() })
  .transform((row) => ({
    stackName: row.stack_name,
    version: row.version,
    identifier: row.identifier,
    weight: row['weight%'],
  }));

/** A row of `senza traffic NAME VERSION PERCENTAGE -o json`. */
export const trafficChangeSchema = z
  .object({
    stack_name: z.string(),
    version: text,
    identifier: z.string(),
    'old_weight%': z.number(),
    'new_weight%': z.number(),
  })
  .transform((row) => ({
    stackName: row.stack_name,
    version: row.version,
    identifier: row.identifier,
    oldWeight: row['old_weight%'],
    newWeight: row['new_weight%'],
  }));

/** A row of `senza domains -o json`. */
export const domainSchema = z
  .object({
    stack_name: z.string(),
    version: text,
    resource_id: z.string(),
    domain: text,
    weight: z.union([z.literal(''), z.coerce.number()]).nullish(),
    type: text,
    value: text,
  })
  .transform((row) => ({
    stackName: row.stack_name,
    version: row.version,
    resourceId: row.resource_id,
    domain: row.domain,
    weight: row.weight === '' ? null : (row.weight ?? null),
    type: row.type,
    value: row.value,
  }));

/** A stack's share of the traffic; `identifier` is the stack's whole name, `weight` is percent. */
export type TrafficWeight = z.output<typeof trafficWeightSchema>;
/** What a switch does to one stack's share; percents. `version` is null for a record without a stack. */
export type TrafficChange = z.output<typeof trafficChangeSchema>;
/** A domain of a stack; `weight` is Route 53's (200 is all traffic), null for a record without one. */
export type StackDomain = z.output<typeof domainSchema>;
