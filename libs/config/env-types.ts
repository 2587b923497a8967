import { isIP } from 'node:net';
import { z } from 'zod';

const MAX_PORT = 65_535;

/** A whole number in decimal digits. */
export function wholeNumber({ min, max }: { min: number; max: number }): z.ZodType<number, string> {
  const rule = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[0-9]{1,15}$/, { error: rule, abort: true })
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule);
}

/** A boolean: `true` or `false`. */
export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

/** A TCP port; 0 lets the system choose a free one. */
export const port = wholeNumber({ min: 0, max: MAX_PORT });

/** A URL with one of these schemes. */
export function url(...schemes: readonly string[]): z.ZodType<string, string> {
  const rule = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return z.string().refine((text) => {
    if (!URL.canParse(text)) return false;
    const { host, protocol } = new URL(text);
    return host !== '' && schemes.includes(protocol.slice(0, -1));
  }, rule);
}

/** An HTTP URL without a user name and password: fetch rejects those. */
export const httpUrl = url('https', 'http').refine((text) => {
  if (!URL.canParse(text)) return true;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}, 'must be a URL without a user name and password');

/** The DSN of a Sentry project. Sentry's client only prints a line when it is invalid, and reports nothing. */
export const sentryDsn = z
  .string()
  .regex(
    /^https?:\/\/\w+(:\w+)?@[\w.:[\]-]+\/(.+\/)?[0-9]+$/,
    'must be the DSN of a Sentry project: https://KEY@HOST/PROJECT',
  );

/** The name of an S3 bucket ("General purpose bucket naming rules" of the S3 user guide); it can contain `{region}`. */
export const templateBucket = z
  .string()
  .regex(
    /^(?=.{3,63}$)[a-z0-9](?:[a-z0-9.-]|\{region\})*(?:[a-z0-9]|\{region\})$/,
    'must be the name of an S3 bucket, which can contain {region}',
  );

/** The part of all Redis keys that distinguishes agents. */
export const queuePrefix = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" and "-"');

/** One OAuth2 scope (RFC 6749, section 3.3). */
export const scope = z
  .string()
  .regex(
    /^[\x21\x23-\x5b\x5d-\x7e]+$/,
    'must be one OAuth2 scope: printable ASCII without spaces, quotes and backslashes',
  );

/** Addresses and networks of proxies, comma-separated: `10.0.0.0/8, 192.0.2.7`. */
export const proxies = z
  .string()
  .transform((text) => splitList(text))
  .refine(
    (items) => items.every(isAddressOrNetwork),
    'must be IP addresses or networks such as 10.0.0.0/8, comma-separated',
  );

/** The levels have the names of Python's logging, as in Lizzy 2. */
const LOG_LEVELS = {
  NOTSET: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'error',
  FATAL: 'error',
} as const;

const levelName = z.enum(
  ['NOTSET', 'DEBUG', 'INFO', 'WARN', 'WARNING', 'ERROR', 'CRITICAL', 'FATAL'],
  'must be DEBUG, INFO, WARNING or ERROR',
);

/** `LOG_LEVEL`: lines below this level are not written. */
export const logLevel = z
  .string()
  .transform((text) => text.toUpperCase())
  .pipe(levelName)
  .transform((name) => LOG_LEVELS[name]);

/** `LOG_FORMAT`: see libs/telemetry. */
export const logFormat = z.enum(['default', 'human', 'json'], 'must be default, human or json');

/** The items of a comma-separated list, without the empty ones. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function isAddressOrNetwork(item: string): boolean {
  const [address = '', bits, ...rest] = item.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  // Fastify accepts no `/0`: it would let every client choose its address.
  return bits === undefined || (/^[1-9][0-9]{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
