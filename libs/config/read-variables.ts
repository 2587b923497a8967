import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { type z } from 'zod';
import { ConfigurationError } from './configuration-error.js';
import { type Environment, type ReadFile } from './environment.js';

/** Variables whose value may stand in a file that `NAME_FILE` names (a mounted secret). */
const SECRETS = ['REDIS_URL', 'SENTRY_DSN'] as const;

/** Reads a file as UTF-8. */
export const readTextFile: ReadFile = (path) => readFileSync(path, 'utf8');

/** Parsed variables, and the texts of the files that variables name. */
export interface Variables<T> {
  readonly values: T;
  readonly files: { readonly REDIS_CA_FILE: string | undefined };
}

/** What is read, and from where. `exactlyOneOf`: of these variables one must be set, and no other. */
export interface VariablesQuery<T> {
  readonly schema: z.ZodType<T>;
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly exactlyOneOf?: readonly string[];
}

/**
 * Parses the variables of one process. An empty variable is the same as none.
 * @throws ConfigurationError with all mistakes
 */
export function readVariables<T>({ schema, env, readFile, exactlyOneOf }: VariablesQuery<T>): Variables<T> {
  const mistakes: string[] = [];
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && value !== '') given[name] = value;
  const read = (variable: string): string | undefined => {
    try {
      return given[variable] === undefined ? undefined : readFile(given[variable]);
    } catch (error) {
      mistakes.push(`${variable}: the file cannot be read (${codeOf(error)})`);
      return undefined;
    }
  };
  for (const name of SECRETS) {
    const text = read(`${name}_FILE`)?.trim() ?? '';
    if (text !== '' && given[name] !== undefined) mistakes.push(`${name}_FILE: must not be set together with ${name}`);
    else if (text !== '') given[name] = text;
  }
  const files = { REDIS_CA_FILE: read('REDIS_CA_FILE') };
  if (exactlyOneOf !== undefined && exactlyOneOf.filter((name) => given[name] !== undefined).length !== 1)
    mistakes.push(`${exactlyOneOf.join(', ')}: exactly one of them must be set`);
  const parsed = schema.safeParse(given);
  if (!parsed.success) mistakes.push(...parsed.error.issues.map((issue) => wordsOf(issue, given)));
  if (mistakes.length > 0 || !parsed.success) throw new ConfigurationError(mistakes);
  return { values: parsed.data, files };
}

function wordsOf(issue: z.core.$ZodIssue, given: Record<string, string>): string {
  const name = issue.path.join('.');
  return `${name}: ${given[name] === undefined ? 'is required' : issue.message}`;
}

function codeOf(error: unknown): string {
  return types.isNativeError(error) && 'code' in error ? String(error.code) : 'unknown reason';
}
