import { type JobRecord } from '#jobs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { ExternalActor, weightedTemplate } from '../support/external-actor.js';

const STACK_SECONDS = 1;

describe('a traffic switch beside a deletion', () => {
  let rig: TestEnvironment;
  let somebody: ExternalActor;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: STACK_SECONDS });
    somebody = new ExternalActor(rig.aws);
  });
  afterAll(async () => {
    await rig.stop();
  });

  it.each([
    ['all', { 1: 100, 2: 0 }, 100, { 2: 100 }],
    ['part', { 1: 60, 2: 0, 3: 40 }, 30, { 2: 30, 3: 70 }],
  ])('of a version with %s of the traffic waits until it is gone', async (name, before, share, after) => {
    for (const [version, each] of Object.entries(before)) {
      await somebody.createStack(name, version, weightedTemplate(name, version, each));
    }
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'DeleteStack', stack: `${name}-1`, seconds: 8 });
    const deletion = await rig.submit('delete_stack', { force: true }, { stack: name, version: '1' });
    await rig.inStep(deletion, 'delete');
    const id = await rig.submit('patch_stack', { new_traffic: share }, { stack: name, version: '2' });
    const waits = { reason: 'cloudformation', stack: `${name}-1`, state: 'DELETE_IN_PROGRESS' };
    const isSo = ({ progress }: JobRecord): boolean => progress.waiting_for?.reason === 'cloudformation';
    expect((await rig.when(id, 'the switch to wait', isSo)).progress.waiting_for).toMatchObject(waits);

    const { progress } = await rig.ended(id);
    expect(progress.status).toBe('succeeded');
    const [domain] = await rig.awsReader.weights(REGION, [`${name}-2`]);
    const wanted = Object.entries(after).map(([version, each]) => [`${name}-${version}`, each]);
    expect(Object.fromEntries(domain?.weights ?? [])).toEqual(Object.fromEntries(wanted));
    expect(await rig.calls('UpdateStack', `${name}-1`)).toBe(0);
    expect(await rig.calls('UpdateStack', `${name}-2`)).toBe(1);
  });

  it('that failed is rejected before anything is changed', async () => {
    await somebody.createStack('stuck', '1', weightedTemplate('stuck', '1', 100));
    await somebody.createStack('stuck', '2', weightedTemplate('stuck', '2', 0));
    await rig.aws.control.addFault({ kind: 'fail_stack', action: 'DeleteStack', stack: 'stuck-1', reason: 'in use' });
    await somebody.deleteStack('stuck-1');
    await rig.aws.control.finish('stuck-1');
    const { progress } = await rig.ended(
      await rig.submit('patch_stack', { new_traffic: 100 }, { stack: 'stuck', version: '2' }),
    );

    expect(progress).toMatchObject({ status: 'failed', error: { code: 'traffic_refused' } });
    expect(progress.error?.detail).toContain('stuck-1 is DELETE_FAILED and receives 100 % of stuck.example.org');
    expect(await rig.calls('UpdateStack', 'stuck-2')).toBe(0);
  });
});
