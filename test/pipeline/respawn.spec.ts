import { type AutoScalingGroup } from '#aws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { scalable } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

const OLDER = 'ami-0aa0000000000001a';
/** Longer than any of these tests takes. */
const LONG_SECONDS = 100;
const SUSPENDED = ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];

describe('new_ami_image', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1 });
  });
  afterEach(async () => {
    await rig.aws.control.clearFaults();
    await rig.quiet();
    expect(await rig.leakedKeys()).toEqual([]);
  });
  afterAll(async () => {
    await rig.stop();
  });

  async function make(name: string): Promise<AutoScalingGroup> {
    const made = await rig.ended(await rig.deploy(scalable(name), '1', { parameters: ['1.0'] }));
    expect(made.progress.status).toBe('succeeded');
    return await group(name);
  }
  async function group(name: string): Promise<AutoScalingGroup> {
    const [found] = await rig.awsReader.autoScalingGroups(REGION, `${name}-1`);
    if (found === undefined) throw new Error(`${name} has no group`);
    return found;
  }
  async function patch(name: string): Promise<string> {
    return await rig.submit('patch_stack', { new_ami_image: OLDER }, { stack: name, version: '1' });
  }
  it('replaces the instances, and leaves the group as it was', async () => {
    const before = await make('whole');
    const { progress } = await rig.ended(await patch('whole'));
    expect(progress).toMatchObject({ status: 'succeeded', result: { respawn_instances: { other_image: [] } } });

    const after = await group('whole');
    expect(after.instances.map(({ imageId }) => imageId)).toEqual([OLDER]);
    expect(after.instances[0]?.id).not.toBe(before.instances[0]?.id);
    expect([after.minSize, after.maxSize, after.desiredCapacity]).toEqual([1, 3, 1]);
    expect(after.suspendedProcesses).toEqual([]);
  });

  /** A job whose Senza is about to terminate the old instance, and is blocked there. */
  async function halfWay(name: string): Promise<string> {
    const action = 'TerminateInstanceInAutoScalingGroup';
    await rig.aws.control.addFault({ kind: 'delay', action, seconds: LONG_SECONDS, times: null });
    const id = await patch(name);
    await until('Senza to say what it does', async () => (await logOf(id)).includes('Terminating old instance'));
    return id;
  }
  const logOf = async (id: string): Promise<string> => (await rig.log(id)).join('\n');

  it('restores the size and the processes of the group when it is cancelled after some replacements', async () => {
    const before = await make('undone');
    const id = await halfWay('undone');
    expect((await rig.job(id)).progress.status).toBe('running');
    expect(await logOf(id)).toContain('1/1 instances need to be updated');

    expect(await rig.cancel(id)).toBe('requested');
    const { progress } = await rig.ended(id);
    expect(progress).toMatchObject({
      status: 'cancelled',
      result: { cancelled: { current_state: { unrestored_groups: [] } } },
    });
    expect(await group('undone')).toMatchObject({
      minSize: before.minSize,
      maxSize: before.maxSize,
      desiredCapacity: before.desiredCapacity,
      suspendedProcesses: [],
    });
    expect(await logOf(id)).toContain('Restoring the size and the processes of');
  });

  it('reports what has to be repaired when AWS refuses to restore the group', async () => {
    const before = await make('half');
    const id = await halfWay('half');
    for (const action of ['UpdateAutoScalingGroup', 'ResumeProcesses'])
      await rig.aws.control.addFault({ kind: 'refuse', action, times: null });

    expect(await rig.cancel(id)).toBe('requested');
    const { progress } = await rig.ended(id);
    await rig.quiet();
    const { name } = await group('half');
    const group_left = { name, min_size: 2, max_size: 4, suspended_processes: expect.arrayContaining(SUSPENDED) };
    expect(progress).toMatchObject({
      status: 'cancelled',
      result: {
        patch_image: { image: OLDER },
        cancelled: {
          steps_done: ['find', 'patch_image'],
          current_state: { instances_to_replace: [before.instances[0]?.id], unrestored_groups: [group_left] },
        },
      },
    });
    for (const advice of [
      `resume-processes --region ${REGION} --auto-scaling-group-name ${name} --scaling-processes`,
      `update-auto-scaling-group --region ${REGION} --auto-scaling-group-name ${name} --min-size 1 --max-size 3 --desired-capacity 1`,
    ]) {
      expect(JSON.stringify(progress.result)).toContain(advice);
      expect(await logOf(id)).toContain(advice);
    }
  });

  it('fails, and explains the repair, when Senza does not resume the processes that it has suspended', async () => {
    await make('stuck');
    await rig.aws.control.addFault({ kind: 'refuse', action: 'ResumeProcesses', times: null });
    const { progress } = await rig.ended(await patch('stuck'));
    expect(progress).toMatchObject({ status: 'failed', error: { code: 'not_verified' } });
    expect(progress.error?.detail).toContain('aws autoscaling resume-processes');
    expect(progress.error?.detail).not.toContain('update-auto-scaling-group');
    const { instances, suspendedProcesses } = await group('stuck');
    expect(instances.map(({ imageId }) => imageId)).toEqual([OLDER]);
    expect([...suspendedProcesses].sort()).toEqual(SUSPENDED);
  });

  it('is continued by another worker after a crash; that reports what has to be repaired', async () => {
    await make('dies');
    const id = await halfWay('dies');
    await Promise.all(rig.workers.map((worker) => worker.kill()));
    // Otherwise Senza could continue, and restore the group itself.
    await rig.quiet();
    await rig.aws.control.clearFaults();
    await rig.addWorker();
    const { attempt, progress } = await rig.ended(id);

    expect([attempt, progress]).toMatchObject([2, { status: 'failed', error: { code: 'not_verified' } }]);
    const { name, instances, minSize, maxSize } = await group('dies');
    expect([minSize, maxSize]).toEqual([2, 4]);
    expect(instances.map(({ imageId }) => imageId)).toEqual([OLDER, OLDER]);
    expect(progress.error?.detail).toContain('Every instance is replaced');
    expect(progress.error?.detail).toContain(
      `update-auto-scaling-group --region ${REGION} --auto-scaling-group-name ${name} --min-size 1 --max-size 3 --desired-capacity 1`,
    );
  });
});
