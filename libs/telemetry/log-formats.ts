import { types } from 'node:util';
import { configure } from 'safe-stable-stringify';
import winston from 'winston';
import { z } from 'zod';

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
  return `${timestamp} ${level.toUpperCase()} ${message}${pairs(fields)}`;
});

/** Short lines for a person; the stack of an error follows on lines of its own. */
export function humanFormat({ colors }: { colors: boolean }): winston.Logform.Format {
  return winston.format.printf((info) => {
    const { timestamp, level, message, fields } = line.parse(info);
    const time = timestamp.slice(11, 23);
    const padded = level.padEnd(5);
    const label = colors ? `${COLORS[level] ?? ''}${padded}${RESET}` : padded;
    const stacks = Object.values(fields).flatMap((value) =>
      value instanceof Error ? [`\n${value.stack ?? value.message}`] : [],
    );
    return `${time} ${label} ${message}${pairs(fields)}${stacks.join('')}`;
  });
}

function pairs(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${text(serializable(value))}`)
    .join('');
}

function text(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : toJson(value);
}

function toJson(value: unknown): string {
  return stringify(value) ?? 'null';
}

/** Errors have no enumerable members: makes them plain objects with stack and causes. */
function serializable(value: unknown): unknown {
  return types.isNativeError(value) ? serializableError(value, MAX_CAUSES) : value;
}

function serializableError(error: Error, depth: number): Record<string, unknown> {
  const { cause } = error;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...('code' in error ? { code: error.code } : {}),
    ...(depth > 0 && types.isNativeError(cause) ? { cause: serializableError(cause, depth - 1) } : {}),
  };
}
