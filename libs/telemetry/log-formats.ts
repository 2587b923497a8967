import winston from 'winston';
import { z } from 'zod';
import { plainField } from './log-fields.js';

const line = z.object({ level: z.string(), message: z.string(), fields: z.record(z.string(), z.unknown()) });

const COLOURS: Readonly<Record<string, string>> = {
  debug: '\u001b[90m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
};
const RESET = '\u001b[0m';

/** One JSON object a line: `time`, `level`, `message`, and the fields. */
export const jsonFormat = winston.format.printf((info) => {
  const { level, message, fields } = line.parse(info);
  const plain = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainField(value)]));
  return JSON.stringify({ ...plain, time: new Date().toISOString(), level, message });
});

/** One line of text: time, level, sentence, `name=value`. */
export const plainFormat = winston.format.printf((info) => {
  const { level, message, fields } = line.parse(info);
  return `${new Date().toISOString()} ${level.toUpperCase()} ${message}${pairs(fields)}`;
});

/** Short and coloured, for a person at a terminal; an error's stack is on lines of its own. */
export const humanFormat = winston.format.printf((info) => {
  const { level, message, fields } = line.parse(info);
  const time = new Date().toISOString().slice(11, 23);
  const stacks = Object.values(fields).flatMap((value) =>
    value instanceof Error ? [`\n${value.stack ?? value.message}`] : [],
  );
  return `${time} ${COLOURS[level] ?? ''}${level.padEnd(5)}${RESET} ${message}${pairs(fields)}${stacks.join('')}`;
});

function pairs(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${text(plainField(value))}`)
    .join('');
}

function text(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
}
