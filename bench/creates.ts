/**
 * How long `POST /api/stacks` takes, beside what Lizzy 2.5.4 does in the same call: `senza create`, then `senza list`,
 * one after the other, on the same machine and against the same AWS: `npm run bench`.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inProject } from '../local/services/index.js';
import { startBenchEnvironment } from './bench-environment.js';
import { percentile } from './percentile.js';

const TIMES = 10;
const REGION = 'eu-west-1';

const definition = readFileSync(inProject('bench', 'lizzy-readme.yaml'), 'utf8');
const lizzy = await startBenchEnvironment();
const folder = mkdtempSync(join(tmpdir(), 'lizzy-bench-'));
const file = join(folder, 'definition.yaml');
writeFileSync(file, definition);

async function lizzy3(version: string): Promise<void> {
  const wanted = { senza_yaml: definition, stack_version: version, parameters: ['1.0'] };
  await lizzy.call('POST', '/api/stacks', 201, wanted);
}

async function lizzy2(version: string): Promise<void> {
  const senza = (...words: string[]): Promise<unknown> =>
    promisify(execFile)(inProject('.venv', 'bin', 'senza'), words, {
      env: { ...process.env, ...lizzy.awsEnv, AWS_DEFAULT_REGION: REGION },
    });
  await senza('create', '--region', REGION, '--force', '--stacktrace-visible', file, version, '1.0');
  await senza('list', '--region', REGION, '-o', 'json', 'demo', version);
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function tell(what: string, times: readonly number[]): void {
  const figure = (share: number): string => `${percentile(times, share).toFixed(0)} ms`;
  console.log(`${what.padEnd(44)}median ${figure(0.5)}, longest ${figure(1)}`);
}

try {
  const old: number[] = [];
  const ours: number[] = [];
  // Not counted: the emulator loads a service when it is first called.
  await lizzy2('warm');
  // In turn: both have the same AWS, which grows slower with each stack.
  for (let turn = 0; turn < TIMES; turn += 1) {
    ours.push(await milliseconds(() => lizzy3(`n${turn}`)));
    old.push(await milliseconds(() => lizzy2(`o${turn}`)));
  }
  tell('POST /api/stacks', ours);
  tell("Lizzy 2.5.4's commands for the same", old);
} finally {
  rmSync(folder, { recursive: true });
  await lizzy.stop();
}
process.exit();
