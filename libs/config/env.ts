import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { type z } from 'zod';
import { ConfigurationError, type ErrorLog, exitOnConfigError } from './configuration-error.js';
import { logFormat } from './env-types.js';

/** Environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a configuration file as text. */
export type ReadFile = (path: string) => string;

/** Variables whose value may be in a file that `NAME_FILE` names (a mounted secret). */
const SECRET_VARIABLES = ['REDIS_URL', 'SENTRY_DSN'] as const;

/** Reads a file as UTF-8. */
export const readTextFile: ReadFile = (path) => readFileSync(path, 'utf8');

/** Parsed variables, and the contents of the files that variables name. */
export interface Variables<T> {
  readonly values: T;
  readonly files: { readonly REDIS_CA_FILE: string | undefined };
}

/** What to read. `exactlyOneOf`: exactly one of these variables must be set. */
export interface VariablesQuery<T> {
  readonly schema: z.ZodType<T>;
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly exactlyOneOf?: readonly string[];
}

/**
 * Parses the variables of one process. An empty variable counts as unset.
 * @throws ConfigurationError with all errors
 */
export function readVariables<T>({ schema, env, readFile, exactlyOneOf }: VariablesQuery<T>): Variables<T> {
  const errors: string[] = [];
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && value !== '') given[name] = value;
  const read = (variable: string): string | undefined => {
    try {
      return given[variable] === undefined ? undefined : readFile(given[variable]);
    } catch (error) {
      errors.push(`${variable}: the file cannot be read (${codeOf(error)})`);
      return undefined;
    }
  };
  for (const name of SECRET_VARIABLES) {
    const text = read(`${name}_FILE`)?.trim();
    if (text === undefined) continue;
    if (given[name] !== undefined) errors.push(`${name}_FILE: must not be set together with ${name}`);
    // Not the default: the secret is missing.
    else if (text === '') errors.push(`${name}_FILE: the file is empty`);
    else given[name] = text;
  }
  const files = { REDIS_CA_FILE: read('REDIS_CA_FILE') };
  if (exactlyOneOf !== undefined && exactlyOneOf.filter((name) => given[name] !== undefined).length !== 1)
    errors.push(`${exactlyOneOf.join(', ')}: exactly one of them must be set`);
  const parsed = schema.safeParse(given);
  if (!parsed.success) errors.push(...parsed.error.issues.map((issue) => describeIssue(issue, given)));
  if (errors.length > 0 || !parsed.success) throw new ConfigurationError(errors);
  return { values: parsed.data, files };
}

/** How a process writes its log before it has a configuration. */
interface StartupLog {
  readonly level: 'error';
  readonly format: z.output<typeof logFormat>;
}

/**
 * Reads the configuration of this process. With an invalid environment the process logs every error and exits with 78.
 * @param createLog makes the log, in the format of `LOG_FORMAT` if that is valid
 */
export function loadConfigOrExit<T>(read: (env: Environment) => T, createLog: (options: StartupLog) => ErrorLog): T {
  try {
    return read(process.env);
  } catch (error) {
    const format = logFormat.safeParse(process.env['LOG_FORMAT']).data ?? 'default';
    return exitOnConfigError(error, createLog({ level: 'error', format }));
  }
}

/** Freezes a configuration and everything in it, so that nothing changes it after startup. */
export function deepFreeze<T extends object>(config: T): Readonly<T> {
  for (const value of Object.values(config)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(config);
}

function describeIssue(issue: z.core.$ZodIssue, given: Record<string, string>): string {
  const name = issue.path.join('.');
  return `${name}: ${given[name] === undefined ? 'is required' : issue.message}`;
}

function codeOf(error: unknown): string {
  return types.isNativeError(error) && 'code' in error ? String(error.code) : 'unknown reason';
}
