import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { senzaCreate } from '#senza/commands/create.js';
import { type AwsEmulator, startAwsEmulator } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { UNLIMITED_AWS } from './comparison.js';
import { context, type RuntimeFixture, startRuntime } from './senza-runtime.js';

const REGION = 'eu-west-1';

describe('the requests of a Senza command to AWS', () => {
  let aws: AwsEmulator;
  let fixture: RuntimeFixture;
  beforeAll(async () => {
    aws = await startAwsEmulator(UNLIMITED_AWS);
    fixture = await startRuntime({ environment: aws.env });
  });
  afterAll(async () => {
    await fixture.stop();
    await aws.stop();
  });

  it('are reported as AWS has received them, with those that were throttled or not answered', async () => {
    await aws.control.addFault(
      { kind: 'throttle', action: 'CreateStack' },
      { kind: 'cut_before', action: 'ListAccountAliases' },
    );
    const request = { region: REGION, stackName: 'seen', stackVersion: '1', definition: weighted('seen') };
    const startedAt = Date.now();
    await fixture.senza.run(senzaCreate, { ...request, parameters: new Map(), tags: new Map() }, context());
    const endedAt = Date.now();

    expect(fixture.starts).toEqual(['warm']);
    const calls = await aws.control.calls({ kind: 'call' });
    // A request whose connection was cut is recorded while Senza repeats it already.
    const received = calls.map(({ service, action, status }) => `${service} ${action} ${status}`).sort();
    const reported = fixture.awsRequests.map(({ service, operation, status }) => {
      return `${service.toLowerCase().replaceAll(' ', '')} ${operation} ${status ?? 'cut_before'}`;
    });
    expect(reported.sort()).toEqual(received);
    expect(fixture.awsRequests).toContainEqual(
      expect.objectContaining({
        service: 'CloudFormation',
        operation: 'CreateStack',
        status: 400,
        error: 'Throttling',
      }),
    );
    expect(fixture.awsRequests).toContainEqual(
      expect.objectContaining({ service: 'IAM', operation: 'ListAccountAliases', status: null, error: null }),
    );
    for (const { startedAt: sentAt, milliseconds } of fixture.awsRequests) {
      expect(sentAt).toBeGreaterThanOrEqual(startedAt);
      expect(sentAt).toBeLessThanOrEqual(endedAt);
      expect(milliseconds).toBeGreaterThan(0);
    }
    expect(JSON.stringify(fixture.awsRequests)).not.toContain('seen');
  });

  it('change nothing in the command when they cannot be reported', async () => {
    const cwd = await mkdtemp(join(fixture.watchdog.directory, 'run-'));
    const { executable, arguments: warm } = fixture.runtime.launch([
      'wait',
      `--region=${REGION}`,
      '--interval=1',
      'never',
      '1',
    ]);
    const run = async (file: string): Promise<{ readonly exitCode: unknown; readonly output: readonly unknown[] }> => {
      const env = {
        ...aws.env,
        LC_ALL: 'C.UTF-8',
        HOME: cwd,
        AWS_DEFAULT_REGION: REGION,
        LIZZY_SENZA_RUN: JSON.stringify({ aws_requests_file: file }),
      };
      const { exitCode, stdout, stderr } = await execa(executable, warm, { cwd, env, extendEnv: false, reject: false });
      return { exitCode, output: [stdout, stderr] };
    };
    const reported = await run(join(cwd, 'requests.json'));
    expect(await readFile(join(cwd, 'requests.json'), 'utf8')).toContain('"operation": "ListStacks"');
    // One file cannot be made, the other one exists already.
    for (const file of ['/nowhere/requests.json', join(cwd, 'requests.json')])
      expect(await run(file)).toEqual(reported);
    expect(reported.exitCode).not.toBe(0);
  });
});
