import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { once } from 'node:events';
import { request } from 'node:http';
import { startAwsEmulator, type AwsEmulator } from './aws-emulator.js';

const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
const template = (resources: number, name = 'q'): string =>
  JSON.stringify({
    Resources: Object.fromEntries(
      Array.from({ length: resources }, (_, index) => [
        `Queue${index}`,
        { Type: 'AWS::SQS::Queue', Properties: { QueueName: `${name}-${index}` } },
      ]),
    ),
  });

describe('the AWS emulator', () => {
  let aws: AwsEmulator;
  let cloudFormation: CloudFormationClient;
  beforeAll(async () => {
    aws = await startAwsEmulator();
    cloudFormation = new CloudFormationClient({
      endpoint: aws.url,
      region: 'eu-west-1',
      credentials,
      maxAttempts: 1,
    });
  });
  afterAll(async () => {
    cloudFormation.destroy();
    await aws.stop();
  });

  const create = async (StackName: string, TemplateBody: string, DisableRollback = false): Promise<unknown> =>
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, DisableRollback }));
  const statusOf = async (name: string): Promise<string | undefined> =>
    (await cloudFormation.send(new DescribeStacksCommand({ StackName: name }))).Stacks?.[0]?.StackStatus;

  it('delays changes of stacks until a test finishes them', async () => {
    await aws.control.setStackSeconds(600);
    await create('slow-1', template(1, 'slow'));
    expect(await statusOf('slow-1')).toBe('CREATE_IN_PROGRESS');
    await aws.control.finish('slow-1');
    expect(await statusOf('slow-1')).toBe('CREATE_COMPLETE');
    await cloudFormation.send(new DeleteStackCommand({ StackName: 'slow-1' }));
    expect(await statusOf('slow-1')).toBe('DELETE_IN_PROGRESS');
    await aws.control.finishPending();
    await expect(statusOf('slow-1')).rejects.toThrow(/does not exist/);
    await aws.control.setStackSeconds(0);
  });

  it('rolls a failed stack back, or leaves it when rollback is disabled', async () => {
    await create('bad-1', template(1, 'not valid!'));
    expect(await statusOf('bad-1')).toBe('ROLLBACK_COMPLETE');
    await create('bad-2', template(1, 'not valid!'), true);
    expect(await statusOf('bad-2')).toBe('CREATE_FAILED');
  });

  it('returns events in pages of 100', async () => {
    await create('many-1', template(60, 'many'));
    const first = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: 'many-1' }));
    expect(first.StackEvents).toHaveLength(100);
    const second = await cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: 'many-1', NextToken: first.NextToken }),
    );
    expect(second.StackEvents).toHaveLength(22);
    expect(second.NextToken).toBeUndefined();
  });

  it('throttles the requested number of times', async () => {
    await aws.control.addFault({ kind: 'throttle', action: 'ListStacks', times: 1 });
    await expect(cloudFormation.send(new ListStacksCommand({}))).rejects.toMatchObject({ name: 'Throttling' });
    await expect(cloudFormation.send(new ListStacksCommand({}))).resolves.toBeDefined();
  });

  it('cuts the connection before or after the effect', async () => {
    await aws.control.addFault(
      { kind: 'cut_before', action: 'CreateStack', stack: 'cut-1' },
      { kind: 'cut_after_effect', action: 'CreateStack', stack: 'cut-2' },
    );
    await expect(create('cut-1', template(1, 'cut1'))).rejects.toThrow();
    await expect(create('cut-2', template(1, 'cut2'))).rejects.toThrow();
    await expect(statusOf('cut-1')).rejects.toThrow(/does not exist/);
    expect(await statusOf('cut-2')).toBe('CREATE_COMPLETE');
  });

  it('sends interim responses while it delays a call of Senza, which therefore does not time out', async () => {
    await aws.control.addFault({ kind: 'delay', action: 'ListStacks', seconds: 600 });
    const call = request(aws.url, { method: 'POST', headers: { 'user-agent': 'Boto3/1.0' } });
    const answered = once(call, 'response');
    call.end(new URLSearchParams({ Action: 'ListStacks', Version: '2010-05-15' }).toString());
    await once(call, 'continue');
    await aws.control.clearFaults();
    expect(await answered).toMatchObject([{ statusCode: 200 }]);
    call.destroy();
  });

  it('fails the change of a stack on demand', async () => {
    await create('stuck-1', template(1, 'stuck'));
    await aws.control.addFault({ kind: 'fail_stack', action: 'DeleteStack', stack: 'stuck-1', reason: 'not empty' });
    await cloudFormation.send(new DeleteStackCommand({ StackName: 'stuck-1' }));
    expect(await statusOf('stuck-1')).toBe('DELETE_FAILED');
  });

  it('records calls and effects in one order', async () => {
    await create('seen-1', template(1, 'seen'));
    const rows = await aws.control.calls({ stack: 'seen-1' });
    expect(rows.map(({ kind, action }) => `${kind} ${action}`)).toEqual([
      'effect Stack:CREATE_COMPLETE',
      'call CreateStack',
    ]);
  });

  it.each(['eu-west-1', 'eu-central-1'])('has the subnets that Senza needs in %s', async (region) => {
    const ec2 = new EC2Client({ endpoint: aws.url, region, credentials });
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const names = Subnets.flatMap(({ Tags = [] }) => Tags.map(({ Value = '' }) => Value.replace(/-.*/, '')));
    expect(new Set(names)).toEqual(new Set(['internal', 'dmz']));
    ec2.destroy();
  });
});
