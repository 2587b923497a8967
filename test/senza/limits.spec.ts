import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { senzaCreate } from '#senza/commands/create.js';
import { senzaDelete } from '#senza/commands/delete.js';
import { inProject } from '../../local/services/index.js';
import { context, PYTHON, type RuntimeFixture, type RuntimeOptions, startRuntime } from './senza-runtime.js';

const REFERENCE = { region: 'eu-west-1', stackName: 'app', stackVersion: '1' };
const UNREACHABLE_AWS = {
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
};

/** What a program prints that uses the runtime's limits. */
async function runLimited(...lines: readonly string[]): Promise<string> {
  const runtime = JSON.stringify(inProject('libs', 'senza', 'runtime'));
  const head = ['import os, signal, sys, time', `sys.path.insert(0, ${runtime})`, 'from lizzy_runtime import limits'];
  const cwd = await mkdtemp(join(tmpdir(), 'lizzy-limit-'));
  const { stdout } = await execa(PYTHON, ['-I', '-c', [...head, ...lines].join('\n')], { cwd });
  await rm(cwd, { recursive: true });
  return stdout;
}

describe('a limit of a command', () => {
  let fixture: RuntimeFixture | undefined;
  afterEach(async () => {
    await fixture?.stop();
    fixture = undefined;
  });

  async function start(options: RuntimeOptions): Promise<RuntimeFixture> {
    fixture = await startRuntime(options);
    return fixture;
  }

  it.each([
    ['processor time', { cpu_seconds: 1 }, 30_000, 'SENZA_CPU_SECONDS'],
    ['memory', { memory_mib: 120 }, 9_000, 'SENZA_MEMORY_MIB'],
  ])('ends a command that uses too much %s, with one sentence', async (_what, limit, resources, sentence) => {
    const limits = { cpu_seconds: 60, memory_mib: 2048, file_mib: 64, processes: 100_000, ...limit };
    const { senza } = await start({ environment: UNREACHABLE_AWS, limits });
    const entries = Array.from({ length: resources }, (_, index) => `  Q${index}: {Type: "AWS::SQS::Queue"}`);
    const request = {
      ...REFERENCE,
      definition: `SenzaInfo: {StackName: app}\nResources:\n${entries.join('\n')}\n`,
      parameters: new Map<string, string>(),
      tags: new Map<string, string>(),
      dryRun: true,
    };
    const outcome = senza.run(senzaCreate, request, context());
    await expect(outcome).rejects.toMatchObject({ code: 'limit_exceeded', message: expect.stringContaining(sentence) });
  });

  it('is reported when the system refuses it', async () => {
    const limits = { cpu_seconds: 50, memory_mib: 2 ** 52, file_mib: 3, processes: 100_000 };
    const { senza } = await start({ limits });
    await expect(senza.run(senzaDelete, REFERENCE, context())).rejects.toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringContaining('the system refuses the limit SENZA_MEMORY_MIB'),
    });
  });

  it('lowers the priority of a command, and of what it starts', async () => {
    const lines = ['before = os.nice(0)', 'limits.be_nice(3)', 'print(os.nice(0) - before)'];
    expect(await runLimited(...lines)).toBe('3');
    expect(await runLimited(...lines.map((line) => line.replace('(3)', '(0)')))).toBe('0');
  });

  it.each([
    ['file_mib=1', 'open("file", "wb").write(bytes(2 * 1024 * 1024))', 'it wrote a file of more than 1 MiB'],
    // Root is exempt from the limit of processes.
    ['processes=1', 'os.getuid() or os.setuid(65534); os.fork()', 'its user has more than 1 processes'],
    // As Senza does, which makes an invalid definition of any error.
    [
      'memory_mib=512',
      'try: bytearray(1 << 40)\n    except MemoryError: raise ValueError("no valid definition")',
      'it needed more than 512 MiB of memory',
    ],
  ])('is named when the kernel enforces it: %s', async (limit, work, sentence) => {
    const stdout = await runLimited(
      `settings = limits.Limits(${limit})`,
      'limits.apply(settings)',
      'try:',
      `    ${work}`,
      'except Exception as error:',
      '    print(limits.explain(error, settings))',
    );
    expect(stdout).toContain(sentence);
  });

  it('detects that a process has no memory left', async () => {
    const stdout = await runLimited(
      'pid, blocks = os.fork(), []',
      'if pid == 0:',
      '    limits.apply(limits.Limits(memory_mib=512))',
      '    try:',
      '        while True: blocks.append(bytearray(65536))',
      '    except MemoryError: signal.pause()',
      'while not limits.has_no_memory(pid): time.sleep(0.01)',
      'os.kill(pid, signal.SIGKILL)',
      'print(limits.has_no_memory(os.getpid()))',
    );
    expect(stdout).toBe('False');
  });
});
