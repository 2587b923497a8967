import { types } from 'node:util';
import { configure } from 'safe-stable-stringify';
import winston from 'winston';
import { z } from 'zod';
import { redactCredentials } from './redact-credentials.js';

const line = z.object({
  timestamp: z.string(),
  level: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()),
});

/** How many causes of an error are logged. */
const MAX_CAUSES = 5;
/** The members of a JSON line that fields cannot replace. */
const RESERVED = ['time', 'level', 'message'];

// Never throws: neither circular objects nor BigInts may lose a line.
const stringify = configure({ deterministic: false, bigint: true, circularValue: '[circular]' });

const COLORS: Readonly<Record<string, string>> = {
  debug: '\u001b[90m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};
const RESET = '\u001b[0m';

/** One JSON object per line: `time`, `level`, `message`, then the fields; a field with one of these names gets the prefix `field_`. */
export const jsonFormat = winston.format.printf((info) => {
  const { timestamp, level, message, fields } = line.parse(info);
  const members = Object.entries(fields).map(([name, value]) => [
    RESERVED.includes(name) ? `field_${name}` : name,
    serializable(value),
  ]);
  return toJson({ time: timestamp, level, message, ...Object.fromEntries(members) });
});

/** One line of text: time, level, message, `name=value`. */
export const defaultFormat = winston.format.printf((info) => {
  const { timestamp, level, message, fields } = line.parse(info);
  return `${timestamp} ${level.toUpperCase()} ${oneLine(message)}${pairs(fields)}`;
});

/** Short lines for a person; at the level `error` the stack of an error follows on lines of its own. */
export function humanFormat({ colors }: { colors: boolean }): winston.Logform.Format {
  return winston.format.printf((info) => {
    const { timestamp, level, message, fields } = line.parse(info);
    const time = timestamp.slice(11, 23);
    const padded = level.padEnd(5);
    const label = colors ? `${COLORS[level] ?? ''}${padded}${RESET}` : padded;
    const errors = level === 'error' ? Object.values(fields).filter(isError) : [];
    const stacks = errors.map((error) => `\n${redactCredentials(error.stack ?? error.message)}`);
    // The long IDs last.
    const { process, request_id, job_id, ...own } = fields;
    const ordered = { ...own, process, request_id, job_id };
    return `${time} ${label} ${oneLine(message)}${pairs(ordered, describeError)}${stacks.join('')}`;
  });
}

/** Sentences of libraries can have several lines. One pattern for a line break and the space around it would be quadratic. */
function oneLine(message: string): string {
  if (!/[\r\n]/.test(message)) return message;
  const lines = message.split(/[\r\n]/).map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ');
}

/** @param ofError what is written of an error */
function pairs(
  fields: Readonly<Record<string, unknown>>,
  ofError: (error: Error) => unknown = serializableError,
): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${text(isError(value) ? ofError(value) : value)}`)
    .join('');
}

/** The messages of an error and its causes, as one text. */
function describeError(error: Error): string {
  const causes: string[] = [];
  for (let cause: unknown = error; isError(cause) && causes.length <= MAX_CAUSES; cause = cause.cause)
    causes.push(cause.message === '' ? cause.name : redactCredentials(cause.message));
  return causes.join(': ');
}

function text(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : toJson(value);
}

function toJson(value: unknown): string {
  return stringify(value) ?? 'null';
}

/** A `DOMException`, the reason of an aborted signal, is no native error. */
function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof DOMException;
}

/** Errors have no enumerable members: makes them plain objects with stack and causes. */
function serializable(value: unknown): unknown {
  return isError(value) ? serializableError(value) : value;
}

function serializableError(error: Error, depth = MAX_CAUSES): Record<string, unknown> {
  const { cause } = error;
  return {
    name: error.name,
    // Errors of libraries quote what they were given: a URL with its password, for instance.
    message: redactCredentials(error.message),
    stack: error.stack === undefined ? undefined : redactCredentials(error.stack),
    ...('code' in error ? { code: error.code } : {}),
    ...(depth > 0 && isError(cause) ? { cause: serializableError(cause, depth - 1) } : {}),
  };
}
