import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';
import { TestEnvironment } from '../support/test-environment.js';

const job = z.object({ status: z.string(), error: z.unknown() });
const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) })),
});

/** What the definitions expect in the account, see their comments. */
const PREREQUISITES = `
import boto3
ec2, iam = boto3.client("ec2"), boto3.client("iam")
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
for name in ("app-lizzy", "app-lizzy-worker", "app-lizzy-lb", "app-lizzy-redis"):
    ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)
iam.create_role(RoleName="app-lizzy-worker", AssumeRolePolicyDocument="{}")
`;

describe('the definitions of deploy/senza', () => {
  let lizzy: TestEnvironment;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
    const env = { ...lizzy.aws.env, AWS_DEFAULT_REGION: 'eu-west-1' };
    await promisify(execFile)(inProject('.venv', 'bin', 'python'), ['-c', PREREQUISITES], { env });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  const deploy = async (file: string, more: Record<string, unknown>): Promise<z.output<typeof job>> => {
    const id = await lizzy.deployByApi(readFileSync(inProject('deploy', 'senza', file), 'utf8'), '1', more);
    return job.parse((await lizzy.call('GET', `/api/jobs/${id}?wait=55`)).json);
  };

  it('deploy Lizzy through Lizzy, with traffic, and give a role to the worker only', async () => {
    const parameters = ['ImageVersion=3.0.0', 'RedisUrl=rediss://:secret@redis.example.org:6379'];
    expect(await deploy('lizzy.yaml', { parameters, new_traffic: 100 })).toEqual({
      status: 'succeeded',
      error: null,
    });
    expect((await lizzy.call('GET', '/api/stacks/lizzy-1/traffic')).json).toEqual({ weight: 100 });

    const cloudFormation = new CloudFormationClient({
      endpoint: lizzy.aws.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    });
    const { TemplateBody = '' } = await cloudFormation.send(new GetTemplateCommand({ StackName: 'lizzy-1' }));
    cloudFormation.destroy();
    const { Resources } = template.parse(JSON.parse(TemplateBody));
    const withRole = Object.entries(Resources).flatMap(([name, { Properties }]) =>
      'IamInstanceProfile' in Properties ? [name] : [],
    );
    expect(withRole).toEqual(['WorkerConfig']);
  });

  it('deploy a Redis for a trial', async () => {
    expect(await deploy('redis.yaml', {})).toEqual({ status: 'succeeded', error: null });
  });
});
