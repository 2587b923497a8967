import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { z } from 'zod';
import { inProject } from '../../local/services/index.js';
import { failing, scalable, weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

const actions = z.union([z.string(), z.array(z.string())]).transform((each) => [each].flat());
const policy = z.object({ Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: actions })) });
const job = z.object({ status: z.string() });

/** Services whose name in IAM is not that of their endpoint, and calls that the emulator records by their path. */
const IAM_PREFIX: Readonly<Record<string, string>> = { elb: 'elasticloadbalancing', elbv2: 'elasticloadbalancing' };
const IAM_ACTION: Readonly<Record<string, string>> = { 's3:GET /': 's3:ListAllMyBuckets' };
/** What CloudFormation calls with the credentials of a worker to read a template, which the emulator does not record. */
const READ_TEMPLATE = 's3:GetObject';

/** Reads what a definition may read of the account, of another stack and of existing roles. */
const READING = `SenzaInfo: {StackName: reading, OperatorTopicId: operator}
SenzaComponents:
  - Configuration: {Type: "Senza::StupsAutoConfiguration"}
  - Role: {Type: "Senza::IamRole", MergePoliciesFromIamRoles: [app-web]}
  - Server:
      Type: Senza::AutoScalingGroup
      InstanceType: t3.micro
      Image: LatestTaupageImage
      SecurityGroups: [{Stack: web-1, LogicalId: AppServer}]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Tags: [{Key: account, Value: "{{AccountInfo.AccountID}} {{AccountInfo.AccountAlias}} {{AccountInfo.MintBucket}}"}]
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: x, VpcId: "{{AccountInfo.VpcID}}"}
`;

/** A record of the domain of the stack `shop` that no stack owns: a switch changes it without CloudFormation. */
const FOREIGN_RECORD = `
import boto3
route53 = boto3.client("route53")
zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
record = {"Name": "shop.example.org.", "Type": "A", "TTL": 20, "SetIdentifier": "legacy", "Weight": 200,
          "ResourceRecords": [{"Value": "198.51.100.7"}]}
batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
`;

/**
 * Calls of Senza that the definitions below do not cause: `patch` of launch configurations and `respawn-instances`, the
 * account's ID for a role instead of a user, certificates of IAM, launch templates. From Senza 2.1.143's source and libs/aws.
 */
const OTHER_CALLS = [
  'autoscaling:CreateLaunchConfiguration',
  'autoscaling:ResumeProcesses',
  'autoscaling:SuspendProcesses',
  'autoscaling:TerminateInstanceInAutoScalingGroup',
  'cloudformation:GetTemplateSummary', // Only without the repair that keeps NoEcho values.
  'ec2:DescribeLaunchTemplateVersions',
  'elasticloadbalancing:DescribeInstanceHealth',
  'elasticloadbalancing:DescribeLoadBalancers',
  'iam:GetServerCertificate',
  'iam:ListRoles',
];

function actionsOf(file: string): readonly string[] {
  const text = readFileSync(inProject('deploy', 'iam', file), 'utf8');
  return policy.parse(JSON.parse(text)).Statement.flatMap(({ Action }) => Action);
}

describe('deploy/iam/worker-calls.json and worker-template-bucket.json', () => {
  let lizzy: TestEnvironment;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({
      apis: 1,
      workers: 1,
      workerEnv: { TEMPLATE_BUCKET: 'lizzy-templates' },
    });
    const env = { ...lizzy.aws.env, AWS_DEFAULT_REGION: REGION };
    await promisify(execFile)(inProject('.venv', 'bin', 'python'), ['-c', FOREIGN_RECORD], { env });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  const statusOf = async (definition: string, version: string, more: Record<string, unknown> = {}): Promise<string> => {
    const id = await lizzy.deployByApi(definition, version, more);
    return job.parse((await lizzy.call('GET', `/api/jobs/${id}?wait=55`)).json).status;
  };

  it('allow what Senza and Lizzy call, and nothing else', async () => {
    const own = (await lizzy.aws.control.calls({ kind: 'call' })).length;
    const readme = readFileSync(inProject('bench', 'lizzy-readme.yaml'), 'utf8');
    // Senza publishes each switch to the topic.
    const shop = weighted('shop').replace('StackName: shop', 'StackName: shop\n  OperatorTopicId: operator');
    const switched = async (version: string): Promise<string> =>
      await statusOf(shop, version, { new_traffic: 100, keep_stacks: 0 });
    expect(
      await Promise.all([
        switched('1').then(async (first) => [first, await switched('2')]),
        statusOf(failing('broken'), '1'),
        statusOf(scalable('web'), '1', { parameters: ['1'] }),
        statusOf(readme, '1', { parameters: ['1'] }),
      ]),
    ).toEqual([['succeeded', 'succeeded'], 'failed', 'succeeded', 'succeeded']);
    expect(await statusOf(READING, '1', { dry_run: true })).toBe('succeeded');
    const large = `${weighted('large')}Metadata: {Padding: "${'x'.repeat(60_000)}"}\n`;
    expect(await statusOf(large, '1', { dry_run: true })).toBe('succeeded');
    const patch = async (body: Record<string, unknown>): Promise<number> =>
      (await lizzy.call('PATCH', '/api/stacks/web-1', { body })).status;
    expect([await patch({ new_scale: 2 }), await patch({ new_ami_image: 'latest' })]).toEqual([202, 202]);
    expect((await lizzy.call('DELETE', '/api/stacks/web-1')).status).toBe(204);
    expect((await lizzy.call('GET', '/api/stacks/shop-2/traffic')).status).toBe(200);

    const calls = (await lizzy.aws.control.calls({ kind: 'call' })).slice(own);
    const made = calls
      .map(({ service, action }) => `${IAM_PREFIX[service] ?? service}:${action}`)
      .map((call) => IAM_ACTION[call] ?? call);
    const allowed = [...actionsOf('worker-calls.json'), ...actionsOf('worker-template-bucket.json')];
    expect(allowed.sort()).toEqual([...new Set([...made, ...OTHER_CALLS, READ_TEMPLATE])].sort());
  });
});
