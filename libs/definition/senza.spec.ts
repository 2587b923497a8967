import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type AwsEmulator, startAwsEmulator } from '../../local/services/index.js';
import { DEFINITION_CASES } from './reference/definition-cases.fixture.js';

const ROOT = join(import.meta.dirname, '..', '..');
const SENZA = join(import.meta.dirname, 'reference', 'run_senza.py');
const REGION = 'eu-west-1';
const runsSchema = z.array(z.object({ exit: z.number().nullable(), output: z.string() }));

let emulator: AwsEmulator;

beforeAll(async () => {
  emulator = await startAwsEmulator();
});
afterAll(async () => {
  await emulator.stop();
});

function runSenza(commands: readonly { readonly text: string; readonly arguments: readonly string[] }[]) {
  const { stdout, stderr, status } = spawnSync(join(ROOT, '.venv', 'bin', 'python'), [SENZA], {
    input: JSON.stringify(commands),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...emulator.env, PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', AWS_DEFAULT_REGION: REGION },
  });
  if (status !== 0) throw new Error(stderr);
  return runsSchema.parse(JSON.parse(stdout));
}

describe('the checks compared with the real Senza', () => {
  it('reject what Senza fails on, and accept what it accepts', () => {
    const runs = runSenza(
      DEFINITION_CASES.map(({ text, parameters = [] }, index) => ({
        text,
        arguments: ['create', '-', `v${index}`, ...parameters, '--region', REGION],
      })),
    );
    const surprises = DEFINITION_CASES.flatMap(({ title, expected }, index) => {
      const run = runs[index];
      return (run?.exit === 0) === (expected === 'accepted') ? [] : [{ title, output: run?.output }];
    });
    expect(surprises).toEqual([]);
  });
});
