import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DescribeAutoScalingGroupsCommand, DescribeLaunchConfigurationsCommand } from '@aws-sdk/client-auto-scaling';
import {
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { ChangeResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { EmulatedAws, queues, REGION } from './aws-clients.js';

const DENY_QUEUES = { Statement: [{ Effect: 'Deny', Principal: '*', Action: 'Update:*', Resource: '*' }] };

describe('changes of stacks', () => {
  let aws: EmulatedAws;
  beforeAll(async () => {
    aws = await EmulatedAws.start();
  });
  afterAll(async () => {
    await aws.stop();
  });
  const longer = (name: string): object => ({
    Resources: { Queue0: { Type: 'AWS::SQS::Queue', Properties: { QueueName: `${name}-0`, DelaySeconds: 5 } } },
  });

  it('rejects an update without a change', async () => {
    const template = { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } };
    await aws.create('same-1', template);
    await expect(aws.update('same-1', template)).rejects.toMatchObject({ message: 'No updates are to be performed.' });
    await expect(aws.update('same-1', { ...template, Description: 'other words' })).rejects.toThrow(/No updates/);
    expect(await aws.statusOf('same-1')).toBe('CREATE_COMPLETE');
  });

  it('replaces a launch configuration in its group, and keeps a database that moto cannot change', async () => {
    const template = (type: string, class_: string): object => ({
      Resources: {
        Config: { Type: 'AWS::AutoScaling::LaunchConfiguration', Properties: { ImageId: 'ami-1', InstanceType: type } },
        Group: {
          Type: 'AWS::AutoScaling::AutoScalingGroup',
          Properties: {
            LaunchConfigurationName: { Ref: 'Config' },
            AvailabilityZones: ['eu-west-1a'],
            MinSize: '0',
            MaxSize: '0',
          },
        },
        Database: { Type: 'AWS::RDS::DBInstance', Properties: { Engine: 'postgres', DBInstanceClass: class_ } },
      },
    });
    await aws.create('group-1', template('t3.small', 'db.t3.small'));
    await aws.update('group-1', template('t3.large', 'db.t3.large'));
    expect(await aws.statusOf('group-1')).toBe('UPDATE_COMPLETE');
    const resources = new DescribeStackResourcesCommand({ StackName: 'group-1' });
    const { StackResources = [] } = await aws.cloudFormation.send(resources);
    const ids = Object.fromEntries(
      StackResources.map(({ LogicalResourceId = '', PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId]),
    );
    const { AutoScalingGroups = [] } = await aws.autoScaling.send(new DescribeAutoScalingGroupsCommand());
    expect(AutoScalingGroups[0]?.LaunchConfigurationName).toBe(ids['Config']);
    const { LaunchConfigurations = [] } = await aws.autoScaling.send(new DescribeLaunchConfigurationsCommand());
    expect(LaunchConfigurations).toMatchObject([{ LaunchConfigurationName: ids['Config'], InstanceType: 't3.large' }]);
    expect(ids['Database']).toEqual(expect.any(String));
  });

  it('keeps a NoEcho value by UsePreviousValue, and records which parameters were sent', async () => {
    const template = (delay: number): object => ({
      Parameters: { Password: { Type: 'String', NoEcho: true }, Size: { Type: 'String', Default: 'small' } },
      Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: delay } } },
    });
    await aws.create('secret-1', template(1), {
      Parameters: [{ ParameterKey: 'Password', ParameterValue: 'hunter2' }],
    });
    await aws.update('secret-1', template(2), {
      Parameters: [
        { ParameterKey: 'Password', UsePreviousValue: true },
        { ParameterKey: 'Size', UsePreviousValue: true },
      ],
    });
    const { parameters, status } = await aws.emulator.control.readStack(REGION, 'secret-1');
    expect({ parameters, status }).toEqual({
      parameters: { Password: 'hunter2', Size: 'small' },
      status: 'UPDATE_COMPLETE',
    });
    const { Stacks = [] } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: 'secret-1' }));
    expect(Stacks[0]?.Parameters).toContainEqual({ ParameterKey: 'Password', ParameterValue: '****' });
    const [update] = await aws.emulator.control.calls({ stack: 'secret-1', action: 'UpdateStack' });
    expect(update?.stack_parameters).toEqual({ Password: null, Size: null });
  });

  it('rolls a failed update back, and names the resource that failed first', async () => {
    await aws.create('back-1', queues('back', 3));
    await aws.emulator.control.addFault({
      kind: 'fail_stack',
      action: 'UpdateStack',
      stack: 'back-1',
      resource: 'Queue0',
      reason: 'quota exceeded',
    });
    await aws.update('back-1', longer('back'));
    expect(await aws.statusOf('back-1')).toBe('UPDATE_ROLLBACK_COMPLETE');
    const failed = (await aws.eventsOf('back-1')).filter(({ ResourceStatus }) => ResourceStatus === 'UPDATE_FAILED');
    expect(failed[0]).toMatchObject({ LogicalResourceId: 'Queue0', ResourceStatusReason: 'quota exceeded' });
    await aws.update('back-1', longer('back'));
    expect(await aws.statusOf('back-1')).toBe('UPDATE_COMPLETE');
  });

  it('reports a rollback that fails, too', async () => {
    const record = (weight: number): object => ({
      Resources: {
        Record: {
          Type: 'AWS::Route53::RecordSet',
          Properties: {
            Type: 'CNAME',
            Name: 'taken.example.org',
            HostedZoneName: 'example.org.',
            TTL: '20',
            ResourceRecords: ['elsewhere.example.net'],
            SetIdentifier: 'taken-1',
            Weight: weight,
          },
        },
      },
    });
    await aws.create('taken-1', record(0));
    const change = (Action: 'CREATE' | 'DELETE', Type: 'A' | 'CNAME', Value: string) => ({
      Action,
      ResourceRecordSet: {
        Name: 'taken.example.org',
        Type,
        TTL: 20,
        SetIdentifier: 'taken-1',
        Weight: 0,
        ResourceRecords: [{ Value }],
      },
    });
    const Changes = [change('DELETE', 'CNAME', 'elsewhere.example.net'), change('CREATE', 'A', '192.0.2.1')];
    await aws.route53.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId: await aws.zoneId(), ChangeBatch: { Changes } }),
    );
    await aws.update('taken-1', record(200));
    expect(await aws.statusOf('taken-1')).toBe('UPDATE_ROLLBACK_FAILED');
  });

  it('passes the states of an update in order, and has its effect at the end', async () => {
    const { control } = aws.emulator;
    await aws.create('order-1', queues('order'));
    await control.setStackSeconds(600);
    await aws.update('order-1', longer('order'));
    expect(await aws.statusOf('order-1')).toBe('UPDATE_IN_PROGRESS');
    await control.finish('order-1');
    await control.setStackSeconds(0);
    const effects = await control.calls({ stack: 'order-1', kind: 'effect' });
    expect(effects.map(({ status }) => status)).toEqual([
      'CREATE_COMPLETE',
      'UPDATE_IN_PROGRESS',
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'UPDATE_COMPLETE',
    ]);
  });

  it('leaves a stack in UPDATE_ROLLBACK_FAILED, which takes no further update', async () => {
    await aws.create('stuck-1', queues('stuck'));
    const rule = { kind: 'fail_stack', action: 'UpdateStack', stack: 'stuck-1', rollback_fails: true } as const;
    await aws.emulator.control.addFault(rule);
    await aws.update('stuck-1', longer('stuck'));
    expect(await aws.statusOf('stuck-1')).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(aws.update('stuck-1', longer('stuck'))).rejects.toThrow(
      /is in UPDATE_ROLLBACK_FAILED state and can not be updated/,
    );
  });

  it.each(['UPDATE_ROLLBACK_FAILED', 'DELETE_FAILED', 'REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'])(
    'does not update a stack in %s',
    async (status) => {
      const name = `in-${status.toLowerCase().replaceAll('_', '-')}`;
      await aws.create(name, queues(name));
      await aws.emulator.control.changeStack({ region: REGION, stack: name, status });
      await expect(aws.update(name, longer(name))).rejects.toThrow(/can not be updated/);
    },
  );

  it('fails an update that a stack policy denies, without a change', async () => {
    await aws.create('policy-1', queues('policy'));
    await aws.emulator.control.changeStack({ region: REGION, stack: 'policy-1', policy: DENY_QUEUES });
    await aws.update('policy-1', longer('policy'));
    expect(await aws.statusOf('policy-1')).toBe('UPDATE_ROLLBACK_COMPLETE');
    const reasons = (await aws.eventsOf('policy-1')).map(({ ResourceStatusReason }) => ResourceStatusReason);
    expect(reasons).toContainEqual(expect.stringContaining('Action denied by stack policy'));
  });

  it('does not delete a protected stack', async () => {
    await aws.create('kept-1', queues('kept'), { EnableTerminationProtection: true });
    await expect(aws.cloudFormation.send(new DeleteStackCommand({ StackName: 'kept-1' }))).rejects.toThrow(
      /TerminationProtection is enabled/,
    );
    expect(await aws.statusOf('kept-1')).toBe('CREATE_COMPLETE');
  });
});
