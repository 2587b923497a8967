import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const LIBRARY = join(import.meta.dirname, '..');
const KEYS = join('redis', 'keys.ts');

const textOf = (file: string): string => readFileSync(join(LIBRARY, file), 'utf8');

it('the names of keys are in one file: scripts are given keys, or prefixes of keys', () => {
  const names = [...textOf(KEYS).matchAll(/\bkey\('([a-z-]+)'/g)].map(([, name]) => name).join('|');
  expect(names).toMatch(/job\|request\|.*lock-queue/);
  // As the begin of a key, or after its prefix.
  const spelled = new RegExp(`['"\`](?:${names}):|:(?:${names})['"\`:]`);
  const files = readdirSync(LIBRARY, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(file) && file !== KEYS,
  );
  const found = files.flatMap((file) => {
    const lines = textOf(file).split('\n');
    return lines.filter((line) => spelled.test(line)).map((line) => `${file}: ${line.trim()}`);
  });
  expect(found).toEqual([]);
});
