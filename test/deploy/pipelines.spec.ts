import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';
import { bare, weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';
import { ciSystems, STAGES, type Step } from './ci-systems.js';

/** Of a CI system's machine on which lizzy-client is installed. */
const PATH = `${inProject('.venv-lizzy-client', 'bin')}:${process.env['PATH'] ?? ''}`;
/** More HTTP calls than any command of the script makes. */
const MAX_RESTARTS = 8;
/** Counts its calls, and kills the script that makes them, with its process group, after the call number $KILL_AFTER. */
const KILLING_CURL = `#!/bin/sh
printf x >>calls
PATH=$REAL_PATH curl "$@"
code=$?
[ "$(wc -c <calls)" -ne "$KILL_AFTER" ] || kill -KILL 0
exit $code
`;
const jobsSchema = z.object({ items: z.array(z.looseObject({ id: z.string(), status: z.string() })) });

interface Result {
  /** Null when the script was killed. */
  readonly code: number | null;
  readonly output: string;
}

describe('the scripts of examples/pipelines', () => {
  let lizzy: TestEnvironment;
  let directory: string;
  let given: Record<string, string>;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
    directory = mkdtempSync(join(tmpdir(), 'lizzy-pipelines-'));
    copyFileSync(inProject('examples', 'pipelines', 'lizzy.sh'), join(directory, 'lizzy.sh'));
    copyFileSync(
      inProject('examples', 'pipelines', 'lizzy-client', 'lizzy-client.sh'),
      join(directory, 'lizzy-client.sh'),
    );
    mkdirSync(join(directory, 'bin'));
    writeFileSync(join(directory, 'bin', 'curl'), KILLING_CURL, { mode: 0o755 });
    given = { LIZZY_URL: lizzy.api.url, LIZZY_TOKEN: lizzy.token };
    const job = await lizzy.deployByApi(weighted('shop'), 'v0', { new_traffic: 100 });
    await lizzy.call('GET', `/api/jobs/${job}?wait=50`);
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await lizzy.stop();
  });

  const run = async (definition: string, { command, env }: Step): Promise<Result> => {
    writeFileSync(join(directory, 'deploy.yaml'), definition);
    const { exitCode, all } = await execa('/bin/sh', ['-ec', command], {
      cwd: directory,
      // The script cannot remove its temporary file when it is killed.
      env: { PATH, TMPDIR: directory, ...given, ...env },
      extendEnv: false,
      detached: true, // A process group of its own, which the test can kill.
      all: true,
      reject: false,
      stripFinalNewline: false,
    });
    return { code: exitCode ?? null, output: all };
  };
  /** Kills the script after this HTTP call. */
  const runUntilCall = async (number: number, definition: string, { command, env }: Step): Promise<Result> => {
    const path = process.env['PATH'] ?? '';
    rmSync(join(directory, 'calls'), { force: true });
    const killing = { REAL_PATH: path, PATH: `${join(directory, 'bin')}:${path}`, KILL_AFTER: String(number) };
    return await run(definition, { command, env: { ...env, ...killing } });
  };
  /** Kills the script after its first HTTP call, then after its second, and so on, until it ends by itself. */
  const runWithRestarts = async (definition: string, step: Step): Promise<Result> => {
    for (let calls = 1; calls <= MAX_RESTARTS; calls += 1) {
      const result = await runUntilCall(calls, definition, step);
      if (result.code !== null) return result;
    }
    throw new Error(`the script has not ended after ${MAX_RESTARTS} restarts`);
  };
  const jobsOf = async (application: string, member: 'id' | 'status' = 'status'): Promise<string[]> => {
    const { json } = await lizzy.call('GET', `/api/jobs?stack_name=${application}`);
    return jobsSchema.parse(json).items.map((job) => job[member]);
  };

  const weightOf = async (stack: string): Promise<number> =>
    z.object({ weight: z.number() }).parse((await lizzy.call('GET', `/api/stacks/${stack}/traffic`)).json).weight;

  describe.each([
    // lizzy-client has no rollback: the pipeline gives all traffic to the version that a person names.
    ['curl', 41, { deploy: 10, promote: 100, rollback: 10 }],
    ['lizzy-client', 51, { deploy: 10, promote: 100, rollback: 0 }],
  ] as const)('with %s', (client, first, weights) => {
    it.each(
      Object.entries(ciSystems(client)).map(([name, step], index) => [name, String(first + index), step] as const),
    )('%s deploys with a tenth of the traffic, switches all of it, and rolls back', async (_name, version, step) => {
      const target = { url: lizzy.api.url, token: lizzy.token, path: PATH, rollbackTo: 'v0' };
      for (const stage of STAGES) {
        const { code, output } = await run(weighted('shop'), step(stage, version, target));
        expect(output).not.toContain('is not set');
        expect(code).toBe(0);
        expect(await weightOf(`shop-${version}`)).toBe(weights[stage]);
      }
      await lizzy.call('PATCH', '/api/stacks/shop-v0', { body: { new_traffic: 100 } });
    });
  });

  it('replace a failed stack and keep one that exists, with lizzy-client', async () => {
    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack: 'old-1', reason: 'full' });
    const step = { command: './lizzy-client.sh deploy deploy.yaml 1', env: {} };
    expect(await run(bare('old'), step)).toMatchObject({ code: 1, output: expect.stringContaining('rollback') });
    expect(await run(bare('old'), step)).toMatchObject({ code: 0 });
    expect(await run(bare('old'), step)).toMatchObject({ code: 0 });
    expect(await lizzy.calls('CreateStack', 'old-1')).toBe(2);
  });

  const LIZZY = { LIZZY_KEY: 'fails' };

  it('print the log of a failed job, and retry it when the pipeline is run again', async () => {
    await lizzy.aws.control.addFault({
      kind: 'fail_stack',
      action: 'CreateStack',
      stack: 'flaky-1',
      reason: 'no space',
    });
    const command = './lizzy.sh deploy deploy.yaml 1';
    const first = await run(bare('flaky'), { command, env: LIZZY });
    expect(first).toEqual({ code: 1, output: expect.stringMatching(/: failed\n[^]*no space/) });
    const second = await run(bare('flaky'), { command, env: LIZZY });
    expect(second).toEqual({ code: 0, output: expect.stringMatching(/: succeeded\n$/) });
  });

  it('replace the failed stack of an earlier pipeline', async () => {
    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack: 'again-1', reason: 'full' });
    const command = './lizzy.sh deploy deploy.yaml 1';
    const first = await run(bare('again'), { command, env: { ...LIZZY, LIZZY_KEY: 'first' } });
    const second = await run(bare('again'), { command, env: { ...LIZZY, LIZZY_KEY: 'second' } });
    expect([first.code, second.code]).toEqual([1, 0]);
  });

  it('deploy once when they are killed after each of their HTTP calls and restarted', async () => {
    const env = { LIZZY_KEY: 'restarted', NEW_TRAFFIC: '100' };
    const result = await runWithRestarts(weighted('steady'), { command: './lizzy.sh deploy deploy.yaml 1', env });
    expect(result).toEqual({ code: 0, output: expect.stringMatching(/: succeeded\n$/) });
    expect(await lizzy.calls('CreateStack', 'steady-1')).toBe(1);
    expect(await weightOf('steady-1')).toBe(100);
    expect(await jobsOf('steady')).toEqual(['succeeded']);
  });

  it('replace a failed stack once when they are killed after each of their HTTP calls and restarted', async () => {
    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack: 'shaky-1', reason: 'full' });
    const step = { command: './lizzy.sh deploy deploy.yaml 1', env: { LIZZY_KEY: 'replaced' } };
    expect(await runWithRestarts(bare('shaky'), step)).toMatchObject({ code: 0 });
    expect(await lizzy.calls('DeleteStack', 'shaky-1')).toBe(1);
    expect(await lizzy.calls('CreateStack', 'shaky-1')).toBe(2);
    expect(await jobsOf('shaky')).toEqual(['succeeded', 'failed']);
  });

  it('continue with the stack of a cancelled job when they are killed after each of their HTTP calls and restarted', async () => {
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'halted-1', seconds: 600 });
    const step = { command: './lizzy.sh deploy deploy.yaml 1', env: { LIZZY_KEY: 'halted' } };
    const submitted = await runUntilCall(1, bare('halted'), step);
    expect(submitted.code).toBeNull();
    const [job = ''] = await jobsOf('halted', 'id');
    await lizzy.inStep(job, 'wait');
    await lizzy.cancel(job);
    await lizzy.ended(job);
    await lizzy.aws.control.finish('halted-1');
    expect(await runWithRestarts(bare('halted'), step)).toMatchObject({ code: 0 });
    expect(await lizzy.calls('CreateStack', 'halted-1')).toBe(1);
    expect(await jobsOf('halted')).toEqual(['succeeded', 'cancelled']);
  });

  it('retry a failed switch once when they are killed after each of their HTTP calls and restarted', async () => {
    const step = { command: './lizzy.sh traffic late 1 100', env: { LIZZY_KEY: 'switched' } };
    expect(await run('', step)).toMatchObject({ code: 1 }); // The version does not exist yet.
    const job = await lizzy.deployByApi(weighted('late'), '1');
    await lizzy.call('GET', `/api/jobs/${job}?wait=50`);
    expect(await runWithRestarts('', step)).toMatchObject({ code: 0 });
    expect(await weightOf('late-1')).toBe(100);
    expect(await jobsOf('late')).toEqual(['succeeded', 'succeeded', 'failed']);
  });

  it('pass definition and parameters unchanged', async () => {
    const definition = `SenzaInfo:\r\n  StackName: quoted\n  Parameters: [{Text: {Description: "a \\"quoted\\"\ttext"}}]
SenzaComponents: [{Configuration: {Type: "Senza::Configuration"}}]
Resources: {Queue: {Type: "AWS::SQS::Queue", Properties: {Tags: [{Key: text, Value: {Ref: Text}}]}}}\n`;
    const command = `./lizzy.sh deploy deploy.yaml 1 'Text=a "b" \\c'`;
    expect(await run(definition, { command, env: { ...LIZZY, LIZZY_KEY: 'quoted' } })).toMatchObject({ code: 0 });
    const [stack] = await lizzy.aws.control.calls({ action: 'CreateStack', stack: 'quoted-1' });
    expect(JSON.stringify(stack)).toContain(JSON.stringify('a "b" \\c').slice(1, -1));
  });

  it('print the problem of a request that Lizzy rejects', async () => {
    const result = await run('SenzaInfo: {}\n', {
      command: './lizzy.sh deploy deploy.yaml 1',
      env: { ...LIZZY, LIZZY_KEY: 'rejected' },
    });
    expect(result).toEqual({
      code: 2,
      output: expect.stringMatching(/rejected the request \(400\):\n.*StackName/),
    });
  });
});
