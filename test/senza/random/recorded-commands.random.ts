import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { inProject, startAwsEmulator } from '../../../local/services/index.js';
import { essence, normalize, UNLIMITED_AWS } from '../comparison.js';
import { PYTHON, type RuntimeFixture, startRuntime } from '../senza-runtime.js';

const RECORDED = inProject('libs', 'senza', 'recorded');
const caseSchema = z.object({ exitCode: z.int(), stdout: z.string(), stderr: z.string() });

/** What all recorded commands of Senza wrote, and what reached AWS. */
interface Run {
  readonly outputs: Readonly<Record<string, z.infer<typeof caseSchema>>>;
  readonly calls: readonly unknown[];
}

describe('a command of Senza', () => {
  let folder: string;
  let fixture: RuntimeFixture;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lizzy-warm-'));
    fixture = await startRuntime();
  });
  afterAll(async () => {
    await fixture.stop();
    await rm(folder, { recursive: true });
  });

  /** Runs all commands of recorded/record.py on an emulator of their own, by this shell command. */
  async function record(name: string, command: string): Promise<Run> {
    const aws = await startAwsEmulator(UNLIMITED_AWS);
    try {
      const bin = join(folder, name, 'bin');
      const output = join(folder, name, 'output');
      await mkdir(bin, { recursive: true });
      await mkdir(output);
      await writeFile(join(bin, 'senza'), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
      await promisify(execFile)(
        PYTHON,
        [join(RECORDED, 'record.py'), join(bin, 'senza'), join(RECORDED, 'definitions'), output],
        { env: { PATH: process.env['PATH'], AWS_ENDPOINT_URL: aws.url } },
      );
      const files = (await readdir(output)).sort();
      const texts = await Promise.all(files.map((file) => readFile(join(output, file), 'utf8')));
      const outputs = files.map((file, index) => {
        const { exitCode, stdout, stderr } = caseSchema.parse(JSON.parse(texts[index] ?? ''));
        return [file, { exitCode, stdout: normalize(stdout), stderr: normalize(stderr) }] as const;
      });
      const calls = await aws.control.calls({ kind: 'call' });
      return { outputs: Object.fromEntries(outputs), calls: calls.map(essence) };
    } finally {
      await aws.stop();
    }
  }

  it('writes the same, exits the same and asks AWS the same, warm and cold', async () => {
    const socket = join(fixture.watchdog.directory, 'any', fixture.runtime.launch([]).arguments[4] ?? '');
    const launcher = inProject('libs', 'senza', 'runtime', 'launcher.py');
    const cold = `exec ${PYTHON} -I ${inProject('libs', 'senza', 'runtime', 'main.py')} run -- "$@"`;
    const [asWarm, asCold] = await Promise.all([
      // A template that does not answer in time has not started the command: a worker starts it cold then.
      record('warm', `${PYTHON} -I -S -E ${launcher} ${socket} "$@"\ncode=$?\n[ $code = 75 ] || exit $code\n${cold}`),
      record('cold', cold),
    ]);

    expect(Object.keys(asWarm.outputs).length).toBeGreaterThan(40);
    expect(asWarm.outputs).toEqual(asCold.outputs);
    expect(asWarm.calls).toEqual(asCold.calls);
  }, 600_000);
});
