import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type z } from 'zod';
import { apiVariables } from './api.config.js';
import { sharedVariables } from './shared.config.js';
import { workerVariables } from './worker.config.js';

/** Variables, as `| \`NAME\` | default | meaning |`, by the heading above them. */
function documentedVariables(): Record<string, Record<string, string>> {
  const text = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  const sections: Record<string, Record<string, string>> = {};
  let section: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const heading = /^## (.+)$/.exec(line)?.[1];
    if (heading !== undefined) section = sections[heading] = {};
    const [, name, value] = /^\| `([A-Z_]+)` *\| `?([^ `]*)`? *\|/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) section[name] = value;
  }
  return sections;
}

/** The default of each variable as the document writes it. */
function defaults(shape: Readonly<Record<string, z.ZodType>>): Record<string, string> {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, defaultOf(name, schema)]));
}

function defaultOf(name: string, schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success) return 'required';
  const { data } = parsed;
  // An empty list and an unset variable have no text.
  if (data === undefined || (Array.isArray(data) && data.length === 0)) return 'none';
  const value = typeof data === 'string' ? data : JSON.stringify(data);
  return name === 'LOG_LEVEL' ? value.toUpperCase() : value;
}

function without(shape: Readonly<Record<string, z.ZodType>>, other: object): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => !(name in other)));
}

describe('docs/configuration.md', () => {
  it.each([
    ['API and worker', sharedVariables],
    ['API', without(apiVariables.shape, sharedVariables)],
    ['Worker', without(workerVariables.shape, sharedVariables)],
  ])('lists the variables of the section "%s" with their defaults', (section, shape) => {
    expect(documentedVariables()[section]).toEqual(defaults(shape));
  });
});
