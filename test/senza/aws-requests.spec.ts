import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { senzaCreate } from '#senza/commands/create.js';
import { type AwsEmulator, inProject, startAwsEmulator } from '../../local/services/index.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { weighted } from '../support/definitions.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { UNLIMITED_AWS } from './comparison.js';
import { context, PYTHON, type RuntimeFixture, startRuntime } from './senza-runtime.js';

const REGION = 'eu-west-1';
const RUNTIME = inProject('libs', 'senza', 'runtime');
/** Why a certificate is refused. */
const REFUSAL = /unable to get local issuer certificate|hostname '\w+' doesn't match '[\d.]+'/;
/** Asks two services by two connections each; prints what became of each request, and how often authorities were read. */
const CLIENTS = `
import json, ssl, sys
runtime, url, authorities = sys.argv[1:]
sys.path.insert(0, runtime)
from lizzy_runtime import shared_boto
shared_boto.share()
import boto3, botocore.config
read = ssl.SSLContext.load_verify_locations
reads = []
def count(context, *arguments):
    reads.append(arguments)
    return read(context, *arguments)
ssl.SSLContext.load_verify_locations = count
config = botocore.config.Config(retries={"total_max_attempts": 1})
def ask(verify):
    outcomes = []
    for service, operation in (("sts", "get_caller_identity"), ("iam", "list_account_aliases")) * 2:
        client = boto3.session.Session("x", "x", region_name="eu-west-1").client(
            service, endpoint_url=url, verify=verify, config=config)
        try:
            getattr(client, operation)()
            outcomes.append("answered")
        except Exception as error:
            outcomes.append(type(error).__name__)
    return outcomes
print(json.dumps([[ask(verify), len(reads)] for verify in (True, authorities, True)]))
`;

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

  describe('by TLS', () => {
    let certificates: Certificates;
    let proxy: FaultProxy;
    beforeAll(async () => {
      certificates = await makeCertificates();
      proxy = await FaultProxy.start(Number(new URL(aws.url).port), { tls: certificates });
    });
    afterAll(async () => {
      proxy.stop();
      await certificates.remove();
    });

    it('go to a server with a trusted certificate for its name only, warm as cold', async () => {
      const list = ['list', `--region=${REGION}`, '--output=json'];
      const { executable, arguments: warm } = fixture.runtime.launch(list);
      const cold = ['-I', join(RUNTIME, 'main.py'), 'run', '--', ...list];
      const outcomesOf = async (host: string, variables: Readonly<Record<string, string>>): Promise<unknown[]> =>
        await Promise.all(
          [[executable, warm] as const, [PYTHON, cold] as const].map(async ([command, args]) => {
            const cwd = await mkdtemp(join(fixture.watchdog.directory, 'run-'));
            const url = `https://${host}:${proxy.port}`;
            const env = {
              ...aws.env,
              AWS_DEFAULT_REGION: REGION,
              AWS_MAX_ATTEMPTS: '1',
              HOME: cwd,
              AWS_ENDPOINT_URL: url,
              ...variables,
            };
            const { exitCode, stderr } = await execa(command, args, { cwd, env, extendEnv: false, reject: false });
            return { exitCode, reason: REFUSAL.exec(stderr)?.[0] };
          }),
        );
      const both = (exitCode: number, reason?: string): unknown[] => Array<unknown>(2).fill({ exitCode, reason });
      const trusted = { AWS_CA_BUNDLE: certificates.authorityFile };

      expect(await outcomesOf('127.0.0.1', trusted)).toEqual(both(0));
      expect(await outcomesOf('127.0.0.1', {})).toEqual(both(1, 'unable to get local issuer certificate'));
      const otherName = "hostname 'localhost' doesn't match '127.0.0.1'";
      expect(await outcomesOf('localhost', trusted)).toEqual(both(1, otherName));
    });

    it('read the trusted authorities once for all clients', async () => {
      const url = `https://127.0.0.1:${proxy.port}`;
      const { stdout } = await execa(PYTHON, ['-I', '-c', CLIENTS, RUNTIME, url, certificates.authorityFile]);
      const each = (outcome: string): string[] => Array<string>(4).fill(outcome);
      // Those of botocore are read before the first request, in the template.
      expect(JSON.parse(stdout)).toEqual([
        [each('SSLError'), 0],
        [each('answered'), 1],
        [each('SSLError'), 1],
      ]);
    });
  });
});
