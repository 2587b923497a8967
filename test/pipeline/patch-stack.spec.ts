import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare, failing, scalable } from '../support/definitions.js';
import { ExternalActor } from '../support/external-actor.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

/** The newest stable image of local/aws-emulator/images.json, and the older one. */
const LATEST = 'ami-0aa0000000000002b';
const OLDER = 'ami-0aa0000000000001a';
const STAGING = 'ami-0aa0000000000003c';

describe('patch_stack', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1 });
    const made = await rig.ended(await rig.deploy(scalable('app'), '1', { parameters: ['1.0'] }));
    expect(made.progress.status).toBe('succeeded');
  });
  afterAll(async () => {
    await rig.stop();
  });

  const patch = async (payload: Record<string, unknown>, version = '1', stack = 'app') =>
    (await rig.ended(await rig.submit('patch_stack', payload, { stack, version }))).progress;
  const group = async () => (await rig.awsReader.autoScalingGroups(REGION, 'app-1'))[0];

  it('scales, and verifies the new capacity', async () => {
    const progress = await patch({ new_scale: 3 });
    expect(progress).toMatchObject({ status: 'succeeded', result: { scale: { desired_capacity: 3 } } });
    expect((await group())?.desiredCapacity).toBe(3);
  });

  it('waits for a new stack that AWS does not list yet, which Senza would not find', async () => {
    const Group = {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: {
        MinSize: 1,
        MaxSize: 3,
        LaunchConfigurationName: { Ref: 'Config' },
        AvailabilityZones: ['eu-west-1a'],
      },
    };
    const Properties = { ImageId: LATEST, InstanceType: 't2.micro' };
    const Config = { Type: 'AWS::AutoScaling::LaunchConfiguration', Properties };
    await rig.aws.control.changeSettings({ list_lag_seconds: 3 });
    await new ExternalActor(rig.aws).createStack('new', '1', { Resources: { Config, Group } });
    expect(await patch({ new_scale: 2 }, '1', 'new')).toMatchObject({ status: 'succeeded' });
    await rig.aws.control.changeSettings({ list_lag_seconds: 0.4 });
    expect((await rig.awsReader.autoScalingGroups(REGION, 'new-1'))[0]?.desiredCapacity).toBe(2);
  });

  it('does nothing when the stack has the requested capacity', async () => {
    const before = await rig.calls('UpdateAutoScalingGroup');
    expect((await patch({ new_scale: 3 })).status).toBe('succeeded');
    expect(await rig.calls('UpdateAutoScalingGroup')).toBe(before);
  });

  it('patches the image, and has Senza replace the instances', async () => {
    const before = await group();
    expect(before?.imageId).toBe(LATEST);
    const id = await rig.submit('patch_stack', { new_ami_image: OLDER }, { stack: 'app', version: '1' });
    const { progress } = await rig.ended(id);

    expect(progress).toMatchObject({ status: 'succeeded', result: { patch_image: { image: OLDER } } });
    expect((await group())?.imageId).toBe(OLDER);
    expect((await rig.log(id)).join('\n')).toContain('3/3 instances need to be updated');
    expect((await group())?.instances.map(({ imageId }) => imageId)).toEqual([OLDER, OLDER, OLDER]);
    expect(progress.steps.at(-1)?.message).toBe('every instance runs the image of its group');
  });

  it('does not replace instances that run the requested image already', async () => {
    const before = await group();
    const progress = await patch({ new_ami_image: OLDER });
    expect(progress.steps.map(({ name, status }) => [name, status])).toEqual([
      ['find', 'succeeded'],
      ['patch_image', 'succeeded'],
      ['respawn_instances', 'succeeded'],
    ]);
    expect(await group()).toEqual(before);
  });

  it('resolves image channels', async () => {
    const progress = await patch({ new_ami_image: 'staging' });
    expect(progress).toMatchObject({ status: 'succeeded', result: { patch_image: { image: STAGING } } });
    expect((await group())?.imageId).toBe(STAGING);
  });

  it('says that the stack whose traffic it should change was never created', async () => {
    await rig.ended(await rig.deploy(failing('dead'), '1'));
    const { status, error } = await patch({ new_traffic: 50 }, '1', 'dead');
    expect([status, error?.code]).toEqual(['failed', 'stack_not_updatable']);
    expect(error?.detail).toContain('The stack dead-1 is ROLLBACK_COMPLETE: it was not created');
  });

  it('stops at the first part that fails, and names what was done', async () => {
    const progress = await patch({ new_scale: 2, new_ami_image: LATEST, new_traffic: 50 });
    expect(progress).toMatchObject({ status: 'failed', error: { code: 'no_domain' } });
    expect(progress.steps.map(({ name, status }) => [name, status])).toEqual([
      ['find', 'succeeded'],
      ['scale', 'succeeded'],
      ['patch_image', 'succeeded'],
      ['respawn_instances', 'succeeded'],
      ['traffic', 'failed'],
    ]);
    expect(progress.result).toMatchObject({ scale: { desired_capacity: 2 }, patch_image: { image: LATEST } });
  });

  it('does not continue with the image when scaling was refused', async () => {
    await rig.aws.control.addFault({ kind: 'refuse', action: 'UpdateAutoScalingGroup' });
    const progress = await patch({ new_scale: 1, new_ami_image: OLDER });
    expect(progress).toMatchObject({ status: 'failed', error: { code: 'senza_failed' } });
    expect(progress.steps.map(({ status }) => status)).toEqual(['succeeded', 'failed', 'skipped', 'skipped']);
    expect(await group()).toMatchObject({ desiredCapacity: 2, imageId: LATEST });
  });

  it('continues where the failed job has stopped when it is retried', async () => {
    await rig.aws.control.addFault({ kind: 'refuse', action: 'CreateLaunchConfiguration' });
    const id = await rig.submit('patch_stack', { new_scale: 1, new_ami_image: OLDER }, { stack: 'app', version: '1' });
    const failed = await rig.ended(id);
    expect(failed.progress.steps.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'failed', 'skipped']);
    const scaled = await rig.log(id);
    expect(scaled.join('\n')).toContain('Scaling');

    const payload = { new_scale: 1, new_ami_image: OLDER };
    const again = await rig.submit('patch_stack', payload, { stack: 'app', version: '1', retryOf: failed });
    expect((await rig.ended(again)).progress.status).toBe('succeeded');
    expect((await rig.log(again)).join('\n')).not.toContain('Scaling app');
    expect(await group()).toMatchObject({ desiredCapacity: 1, imageId: OLDER });
  });

  it('fails for a stack without an auto scaling group, although Senza would exit with 0', async () => {
    await rig.ended(await rig.deploy(bare('bare'), '1'));
    expect(await patch({ new_scale: 1 }, '1', 'bare')).toMatchObject({ error: { code: 'no_auto_scaling_group' } });
    expect(await patch({ new_ami_image: OLDER }, '1', 'bare')).toMatchObject({
      error: { code: 'no_auto_scaling_group' },
    });
  });

  it('fails for a stack that does not exist, although Senza would exit with 0', async () => {
    expect(await patch({ new_scale: 1 }, '2')).toMatchObject({ status: 'failed', error: { code: 'stack_not_found' } });
  });

  it('fails for a channel without an image', async () => {
    await rig.aws.control.addFault({ kind: 'refuse', action: 'DescribeImages' });
    expect(await patch({ new_ami_image: 'dev' })).toMatchObject({ status: 'failed' });
  });
});
