import { SenzaError } from './errors.js';

// What may stand as itself on Senza's command line: it cannot be an option (no leading hyphen), a file (no dot, no
// slash; Senza opens references that are files), or a regular expression (Senza matches `REFERENCE$`).
const PATTERNS = {
  stackName: /^[a-zA-Z][a-zA-Z0-9-]*$/,
  stackVersion: /^[a-zA-Z0-9]+$/,
  region: /^[a-z][a-z0-9-]*$/,
  image: /^[a-z][a-z0-9-]*$/,
  tagKey: /^[^=-][^=]*$/,
} as const;

/**
 * The value itself when Senza can only take it literally.
 *
 * @throws {SenzaError} `usage`; callers have parsed their input before, so this is the last line of defence.
 */
export function literal(kind: keyof typeof PATTERNS, value: string): string {
  if (PATTERNS[kind].test(value)) return value;
  throw invalidValue(kind, value);
}

/** A number that Senza does not clamp silently (`IntRange` and `FloatRange` with `clamp=True` in its cli.py). */
export function numberUpTo100(kind: 'percentage' | 'desiredCapacity', value: number): string {
  const fits = value >= 0 && value <= 100 && (kind === 'percentage' || Number.isInteger(value));
  if (fits) return String(value);
  throw invalidValue(kind, String(value));
}

function invalidValue(kind: string, value: string): SenzaError {
  return new SenzaError('usage', `Not a ${kind} that Senza can be given: ${JSON.stringify(value)}`, {
    command: '',
    exitCode: null,
    signal: null,
    outputTail: '',
  });
}
