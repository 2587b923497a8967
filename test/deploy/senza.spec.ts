import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourcesCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

const job = z.object({ status: z.string(), error: z.unknown() });
const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) })),
});

/** What the definitions and the template expect in the account, see their comments and docs/operations.md. */
const PREREQUISITES = `
import boto3, json
ec2, iam, acm = boto3.client("ec2"), boto3.client("iam"), boto3.client("acm")
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
for name in ("app-lizzy", "app-lizzy-worker", "app-lizzy-lb", "app-lizzy-redis"):
    ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)
iam.create_role(RoleName="app-lizzy-worker", AssumeRolePolicyDocument="{}")
subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"][:2]]
certificate = acm.list_certificates()["CertificateSummaryList"][0]["CertificateArn"]
policies = []
for name in ("calls", "resources"):
    document = open(f"deploy/iam/worker-{name}.json").read()
    policies.append(iam.create_policy(PolicyName=f"lizzy-worker-{name}", PolicyDocument=document)["Policy"]["Arn"])
print(json.dumps({"vpc": vpc, "subnets": ",".join(subnets), "certificate": certificate, "policies": ",".join(policies)}))
`;
const prerequisites = z.record(z.enum(['vpc', 'subnets', 'certificate', 'policies']), z.string());

let lizzy: TestEnvironment;
let cloudFormation: CloudFormationClient;
let account: z.output<typeof prerequisites>;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
  const env = { ...lizzy.aws.env, AWS_DEFAULT_REGION: REGION };
  const { stdout } = await promisify(execFile)(inProject('.venv', 'bin', 'python'), ['-c', PREREQUISITES], {
    env,
    cwd: inProject(),
  });
  account = prerequisites.parse(JSON.parse(stdout));
  cloudFormation = new CloudFormationClient({
    endpoint: lizzy.aws.url,
    region: REGION,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
});
afterAll(async () => {
  cloudFormation.destroy();
  await lizzy.stop();
});

describe('the definitions of deploy/senza', () => {
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

    const { TemplateBody = '' } = await cloudFormation.send(new GetTemplateCommand({ StackName: 'lizzy-1' }));
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

describe('deploy/ecs/lizzy.yaml', () => {
  it('creates all its resources, with only what docs/operations.md sets', async () => {
    const parameters = {
      VpcId: account.vpc,
      PrivateSubnets: account.subnets,
      LoadBalancerSubnets: account.subnets,
      LoadBalancerCidrs: '10.0.0.0/24,10.0.1.0/24',
      CertificateArn: account.certificate,
      ApiImage: 'ghcr.io/example/lizzy:3.0.0-api',
      WorkerImage: 'ghcr.io/example/lizzy:3.0.0-worker',
      WorkerPolicyArns: account.policies,
      TokenInfoUrl: 'https://info.auth.example.org/oauth2/tokeninfo',
      DeployerScope: 'deployer',
      AllowedUserPattern: 'jenkins-.*',
    };
    const documented = readFileSync(inProject('docs', 'operations.md'), 'utf8');
    expect(Object.keys(parameters).filter((name) => !documented.includes(`${name}=`))).toEqual([]);
    const text = readFileSync(inProject('deploy', 'ecs', 'lizzy.yaml'), 'utf8');
    await cloudFormation.send(
      new CreateStackCommand({
        StackName: 'lizzy-ecs',
        TemplateBody: text,
        Capabilities: ['CAPABILITY_IAM'],
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
      }),
    );
    const { StackResources = [] } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: 'lizzy-ecs' }),
    );
    const declared = text.slice(text.indexOf('\nResources:'), text.indexOf('\nOutputs:'));
    const names = [...declared.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name);
    expect(StackResources.map(({ LogicalResourceId }) => LogicalResourceId).sort()).toEqual(names.sort());
    expect(new Set(StackResources.map(({ ResourceStatus }) => ResourceStatus))).toEqual(new Set(['CREATE_COMPLETE']));
  });
});
