import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { DefinitionError } from '../errors/definition-error.js';
import { encode } from '../reference/encode.fixture.js';
import { yamlTexts } from '../reference/yaml-texts.fixture.js';
import { parseYaml } from './parse-yaml.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PYTHON = join(ROOT, '.venv', 'bin', 'python');
const REFERENCE = join(import.meta.dirname, '..', 'reference');
const resultsSchema = z.array(z.object({ value: z.unknown().optional(), error: z.string().optional() }));
/** Longer by hand: `npm run fuzz -- --seconds 600`. */
const FUZZ_SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 0);
const BATCH = 3000;

const examples = readdirSync(join(REFERENCE, 'definitions')).map((file) =>
  readFileSync(join(REFERENCE, 'definitions', file), 'utf8'),
);

interface Outcome {
  readonly text: string;
  readonly ours: string;
  readonly python: string;
}

function compare(texts: readonly string[]): Outcome[] {
  const { stdout, stderr, status } = spawnSync(PYTHON, [join(REFERENCE, 'run_pyyaml.py')], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(stderr);
  const results = resultsSchema.parse(JSON.parse(stdout));
  return texts.flatMap((text, index) => {
    const result = results[index];
    const python = result?.error === undefined ? JSON.stringify(canonical(result?.value)) : 'error';
    const ours = read(text);
    const isSame = ours === python || (python === 'error' && ours.startsWith('error'));
    if (isSame || isKnownDifference(text, ours, result?.error)) return [];
    return [{ text, ours, python: result?.error ?? python }];
  });
}

function read(text: string): string {
  try {
    return JSON.stringify(canonical(encode(parseYaml(text))));
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    expect(error.position).toBeDefined();
    return `error: ${error.message}`;
  }
}

// Python writes floats in another way.
function canonical(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const parts: readonly unknown[] = value;
  const [type, content] = parts;
  if (type === 'float' && typeof content === 'string') {
    const number = Number(
      content.replace('inf', 'Infinity').replace('nan', 'NaN').replace('Infinityinity', 'Infinity'),
    );
    return ['float', Object.is(number, -0) ? '-0' : number.toString()];
  }
  return parts.map(canonical);
}

// Each has a test of its own in parse-yaml.spec.ts.
function isKnownDifference(text: string, ours: string, error: string | undefined): boolean {
  if (ours.includes('repeats a value inside itself') || ours.includes('A comment cannot end')) return true;
  // Python tells a pair of surrogates from the character that it stands for.
  return error === undefined && text.includes('\\ud83d') && text.includes('😀');
}

describe('the YAML reader beside PyYAML', () => {
  it(
    'reads generated and mutated documents alike',
    () => {
      const until = Date.now() + FUZZ_SECONDS * 1000;
      const differences: Outcome[] = [];
      do {
        const seed = FUZZ_SECONDS === 0 ? 13 : Date.now();
        const texts = fc.sample(yamlTexts(examples), { numRuns: BATCH, seed });
        differences.push(...compare(texts));
      } while (Date.now() < until && differences.length === 0);
      differences.sort((a, b) => a.text.length - b.text.length);
      expect(differences.slice(0, 5)).toEqual([]);
    },
    60_000 + FUZZ_SECONDS * 1000,
  );
});
