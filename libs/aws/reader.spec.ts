import { AutoScalingClient, SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NO_LAG, startAwsEmulator } from '../../local/services/aws-emulator.js';
import { AwsReader, UNLIMITED } from './index.js';

const REGION = 'eu-west-1';
const OLD_IMAGE = 'ami-0aa0000000000001a';

const QUEUE = { Type: 'AWS::SQS::Queue' };

function weightedRecord(stack: string, weight: number): object {
  return {
    Type: 'AWS::Route53::RecordSet',
    Properties: {
      Type: 'A',
      Name: `${stack.split('-')[0] ?? ''}.example.org.`,
      HostedZoneName: 'example.org.',
      TTL: '20',
      ResourceRecords: ['192.0.2.1'],
      SetIdentifier: stack,
      Weight: weight,
    },
  };
}

function versionRecord(stack: string): object {
  const Properties = {
    Type: 'A',
    Name: `${stack}.example.org.`,
    HostedZoneName: 'example.org.',
    TTL: '20',
    ResourceRecords: ['192.0.2.1'],
  };
  return { Type: 'AWS::Route53::RecordSet', Properties };
}

const GROUP = {
  Config: {
    Type: 'AWS::AutoScaling::LaunchConfiguration',
    Properties: { ImageId: OLD_IMAGE, InstanceType: 't2.micro' },
  },
  Group: {
    Type: 'AWS::AutoScaling::AutoScalingGroup',
    Properties: {
      AvailabilityZones: [`${REGION}a`],
      LaunchConfigurationName: { Ref: 'Config' },
      MinSize: '1',
      MaxSize: '3',
      DesiredCapacity: '1',
    },
  },
};

describe('AwsReader', () => {
  let emulator: Awaited<ReturnType<typeof startAwsEmulator>>;
  let cloudFormation: CloudFormationClient;
  let reader: AwsReader;
  const outcomes = new Set<string>();

  async function create(StackName: string, template: object, parameters: Record<string, string> = {}): Promise<string> {
    const Parameters = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }));
    const Tags = [{ Key: 'LizzyJobId', Value: 'job-1' }];
    const command = new CreateStackCommand({ StackName, Parameters, Tags, TemplateBody: JSON.stringify(template) });
    return (await cloudFormation.send(command)).StackId ?? '';
  }

  beforeAll(async () => {
    emulator = await startAwsEmulator({ settings: NO_LAG });
    process.env['AWS_ENDPOINT_URL'] = emulator.url;
    process.env['AWS_ACCESS_KEY_ID'] = 'spec';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'spec';
    cloudFormation = new CloudFormationClient({ region: REGION });
    reader = new AwsReader(UNLIMITED, ({ outcome }) => outcomes.add(outcome));
  });

  afterAll(async () => {
    reader.close();
    cloudFormation.destroy();
    await emulator.stop();
  });

  it('finds a stack by its name and by its id, with tags, parameters and description', async () => {
    const template = {
      Description: 'says hello',
      Parameters: { Image: { Type: 'String' } },
      Resources: { Queue: QUEUE },
    };
    const id = await create('hello-1', template, { Image: '1.0' });
    const stack = await reader.stackByName(REGION, 'hello-1');
    expect(stack).toMatchObject({
      id,
      name: 'hello-1',
      status: 'CREATE_COMPLETE',
      description: 'says hello',
      tags: { LizzyJobId: 'job-1' },
      parameters: [{ key: 'Image', value: '1.0' }],
    });
    expect(Math.abs(Date.now() - (stack?.createdAt.getTime() ?? 0))).toBeLessThan(60_000);
    expect(await reader.stackByName(REGION, id)).toEqual(stack);
  });

  it('returns null for a stack that does not exist, also for one in another region', async () => {
    await create('here-1', { Resources: { Queue: QUEUE } });
    outcomes.clear();
    expect(await reader.stackByName(REGION, 'nosuch-1')).toBeNull();
    // Every deployment asks for its stack before it creates it: that is no error in metrics and traces.
    expect([...outcomes]).toEqual(['succeeded']);
    expect(await reader.stackByName('eu-central-1', 'here-1')).toBeNull();
  });

  it('lists all stacks but the deleted ones', async () => {
    const id = await create('listed-1', { Description: 'listed', Resources: { Queue: QUEUE } });
    await create('gone-1', { Resources: { Queue: QUEUE } });
    await cloudFormation.send(new DeleteStackCommand({ StackName: 'gone-1' }));
    const stacks = await reader.listStacks(REGION);
    expect(stacks.map(({ name }) => name)).not.toContain('gone-1');
    expect(stacks).toContainEqual({
      id,
      name: 'listed-1',
      status: 'CREATE_COMPLETE',
      statusReason: null,
      createdAt: expect.any(Date),
      updatedAt: null,
      description: 'listed',
    });
  });

  it('names the resource that failed, with the reason', async () => {
    const id = await create('fails-1', {
      Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'not valid!' } }, Fine: QUEUE },
    });
    expect(await reader.stackByName(REGION, 'fails-1')).toMatchObject({ status: 'ROLLBACK_COMPLETE' });
    expect(await reader.firstFailure(REGION, id)).toMatchObject({
      resource: 'Queue',
      type: 'AWS::SQS::Queue',
      reason: expect.stringMatching(/alphanumeric/i),
    });
  });

  it('finds the failure after more than one page of events', async () => {
    const others = Array.from({ length: 120 }, (_, index) => [`Other${index}`, QUEUE] as const);
    const failing = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'not valid!' } };
    const id = await create('fails-2', { Resources: { ...Object.fromEntries(others), Queue: failing } });
    expect(await reader.firstFailure(REGION, id)).toMatchObject({ resource: 'Queue' });
  });

  it('reports no failure of a complete stack', async () => {
    expect(await reader.firstFailure(REGION, await create('fine-1', { Resources: { Queue: QUEUE } }))).toBeNull();
  });

  it('knows which stack has a NoEcho parameter', async () => {
    const parameter = { Type: 'String', Default: 'x' };
    await create('secret-1', {
      Parameters: { Open: parameter, Secret: { ...parameter, NoEcho: true } },
      Resources: { Queue: QUEUE },
    });
    await create('open-1', { Parameters: { Open: parameter }, Resources: { Queue: QUEUE } });
    expect(await reader.hasNoEchoParameter(REGION, 'secret-1')).toBe(true);
    expect(await reader.hasNoEchoParameter(REGION, 'open-1')).toBe(false);
  });

  it("reads the weights of the stacks' domains as Senza does, without the domains of single versions", async () => {
    await create('shop-1', {
      Resources: { AppMainDomain: weightedRecord('shop-1', 150), AppVersionDomain: versionRecord('shop-1') },
    });
    await create('shop-2', {
      Resources: { AppMainDomain: weightedRecord('shop-2', 50), AppVersionDomain: versionRecord('shop-2') },
    });
    const expected = new Map([
      ['shop-1', 75],
      ['shop-2', 25],
    ]);
    const records = [150, 50].map((Weight) => ({
      zone: expect.any(String),
      record: expect.objectContaining({ Weight }),
    }));
    const shop = { domain: 'shop.example.org', variant: null, variants: 1, weights: expected, records };
    expect(await reader.weights(REGION, ['shop-2'])).toEqual([{ ...shop, owners: ['shop-2'] }]);
    const both = await reader.weights(REGION, ['shop-1', 'shop-2', 'nosuch-1']);
    expect(both).toEqual([{ ...shop, owners: ['shop-1', 'shop-2'] }]);
  });

  it('lists the resources of a listed stack again only after it was updated', async () => {
    const resources = (weight: number): object => ({ Resources: { AppMainDomain: weightedRecord('kept-1', weight) } });
    await create('kept-1', resources(150));
    const read = async (): Promise<unknown> => {
      const stacks = (await reader.listStacks(REGION)).filter(({ name }) => name === 'kept-1');
      const [domain] = await reader.weightsOfListed(REGION, stacks);
      const lists = await emulator.control.calls({ action: 'ListStackResources', stack: 'kept-1' });
      return [domain?.weights.get('kept-1'), lists.length];
    };
    expect([await read(), await read()]).toEqual([
      [75, 1],
      [75, 1],
    ]);
    const TemplateBody = JSON.stringify(resources(50));
    await cloudFormation.send(new UpdateStackCommand({ StackName: 'kept-1', TemplateBody }));
    expect(await read()).toEqual([25, 2]);
  });

  it('finds no weights of a stack without a domain', async () => {
    await create('bare-1', { Resources: { Queue: QUEUE } });
    expect(await reader.weights(REGION, ['bare-1'])).toEqual([]);
  });

  it("reads a group's size, its image and the image of its instances", async () => {
    await create('group-1', { Resources: GROUP });
    const [group, ...others] = await reader.autoScalingGroups(REGION, 'group-1');
    expect(others).toEqual([]);
    expect(group).toMatchObject({ desiredCapacity: 1, minSize: 1, maxSize: 3, imageId: OLD_IMAGE });
    expect(group?.instances).toMatchObject([
      { lifecycleState: 'InService', launchConfiguration: group?.launchConfiguration, imageId: OLD_IMAGE },
    ]);
    const autoScaling = new AutoScalingClient({ region: REGION });
    await autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: group?.name, DesiredCapacity: 2 }));
    autoScaling.destroy();
    const [scaled] = await reader.autoScalingGroups(REGION, 'group-1');
    expect(scaled).toMatchObject({ desiredCapacity: 2 });
    expect(scaled?.instances).toHaveLength(2);
  });

  it('finds no groups of a stack that has none, not those of other stacks', async () => {
    await create('other-group-1', { Resources: GROUP });
    await create('no-group-1', { Resources: { Queue: QUEUE } });
    expect(await reader.autoScalingGroups(REGION, 'no-group-1')).toEqual([]);
    expect(await reader.autoScalingGroups(REGION, 'nosuch-1')).toEqual([]);
  });

  it('finds the image that Senza takes for a channel', async () => {
    expect(await reader.latestImage(REGION, 'latest')).toBe('ami-0aa0000000000002b');
    expect(await reader.latestImage(REGION, 'staging')).toBe('ami-0aa0000000000003c');
    expect(await reader.latestImage(REGION, 'dev')).toBe('ami-0aa0000000000004d');
  });

  it('stops reading when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(reader.listStacks(REGION, signal)).rejects.toThrow('cancelled');
  });
});
