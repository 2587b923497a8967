import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import {
  QUEUE_TEMPLATE,
  ExternalActor,
  type RecordShare,
  recordsTemplate,
  weightedTemplate,
} from '../support/external-actor.js';

describe('delete_stack', () => {
  let rig: TestEnvironment;
  let external: ExternalActor;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 600 });
    external = new ExternalActor(rig.aws);
  });
  afterAll(async () => {
    await rig.stop();
  });

  const remove = async (stack: string, version: string, payload: Record<string, unknown> = {}) =>
    (await rig.ended(await rig.submit('delete_stack', payload, { stack, version }))).progress;

  it('succeeds when CloudFormation has accepted the deletion, and changes no other version', async () => {
    await external.createStack('app', '1', QUEUE_TEMPLATE);
    await external.createStack('app', '11', QUEUE_TEMPLATE);
    expect(await remove('app', '1')).toMatchObject({
      status: 'succeeded',
      result: { delete: { status: 'DELETE_IN_PROGRESS' } },
    });
    expect(await rig.awsReader.stackByName(REGION, 'app-1')).toMatchObject({ status: 'DELETE_IN_PROGRESS' });
    expect(await rig.awsReader.stackByName(REGION, 'app-11')).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  it('makes no call for a stack that is already being deleted', async () => {
    const before = await rig.calls('DeleteStack', 'app-1');
    expect((await remove('app', '1')).status).toBe('succeeded');
    expect(await rig.calls('DeleteStack', 'app-1')).toBe(before);
  });

  it('does not delete a stack with traffic unless forced', async () => {
    await external.createStack('live', '1', weightedTemplate('live', '1', 100));
    for (const payload of [{}, { dry_run: true }]) {
      expect(await remove('live', '1', payload)).toMatchObject({
        status: 'failed',
        error: { code: 'stack_has_traffic' },
      });
    }
    expect(await rig.awsReader.stackByName(REGION, 'live-1')).toMatchObject({ status: 'CREATE_COMPLETE' });

    expect((await remove('live', '1', { force: true })).status).toBe('succeeded');
    expect(await rig.calls('DeleteStack', 'live-1')).toBe(1);
  });

  it.each<[string, string, Partial<RecordShare>]>([
    ['capital letters in its domain', 'capital', { domain: 'Capital' }],
    ['a wildcard as its domain', 'wild', { domain: '*.wild' }],
    ['a set identifier of its own', 'own', { identifier: 'own-blue' }],
    ['its record in a group', 'group', { isGrouped: true }],
  ])('does not delete a stack with traffic and %s', async (_what, name, share) => {
    await external.createStack(name, '1', recordsTemplate(name, '1', [{ domain: name, weight: 20, ...share }]));
    for (const payload of [{}, { dry_run: true }]) {
      const { error } = await remove(name, '1', payload);
      expect(error).toMatchObject({ code: 'stack_has_traffic', data: { stack: `${name}-1` } });
      const domain = (share.domain ?? name).toLowerCase();
      expect(error?.detail).toContain(`Stack ${name}-1 has traffic!`);
      expect(error?.detail).toContain(`It has a share of ${domain}.example.org. Nothing was deleted.`);
    }
    expect((await remove(name, '1', { force: true })).status).toBe('succeeded');
    expect(await rig.calls('DeleteStack', `${name}-1`)).toBe(1);
  });

  it('deletes a stack without traffic whose domain has traffic of others', async () => {
    await external.putRecord('beside', 'legacy', 200);
    await external.createStack('beside', '1', recordsTemplate('beside', '1', [{ domain: 'beside', weight: 0 }]));
    expect((await remove('beside', '1')).status).toBe('succeeded');
  });

  it('deletes the one stack that it has started to delete, and not a later one of the same name', async () => {
    await external.createStack('anew', '1', QUEUE_TEMPLATE);
    const stack = 'anew-1';
    await rig.aws.control.addFault({ kind: 'cut_after_effect', action: 'DeleteStack', stack, times: null });
    const id = await rig.submit('delete_stack', {}, { stack: 'anew', version: '1' });
    await rig.acting(id, 'delete');
    // The observation after the command comes when all this has happened.
    await rig.aws.control.addFault({ kind: 'delay', action: 'DescribeStacks', stack, seconds: 5 });
    const deletions = async () => await rig.aws.control.calls({ kind: 'call', action: 'DeleteStack', stack });
    await until('AWS to have taken the deletion', async () => (await deletions()).length > 0);
    await rig.aws.control.finish('anew-1');
    await external.createStack('anew', '1', QUEUE_TEMPLATE);

    expect((await rig.ended(id)).progress).toMatchObject({ status: 'succeeded', result: { delete: { status: null } } });
    expect(await rig.awsReader.stackByName(REGION, 'anew-1')).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  it('deletes nothing in a dry run', async () => {
    await external.createStack('dry', '1', QUEUE_TEMPLATE);
    expect((await remove('dry', '1', { dry_run: true })).status).toBe('succeeded');
    expect(await rig.calls('DeleteStack', 'dry-1')).toBe(0);
  });

  it.each([false, true])('rejects a protected stack before anything is called (dry run: %j)', async (dry_run) => {
    const name = `kept-${dry_run ? 'dry' : 'wet'}`;
    const stack = `${name}-1`;
    await external.createStack(name, '1', QUEUE_TEMPLATE);
    await rig.aws.control.changeStack({ region: REGION, stack, termination_protection: true });
    const { status, error } = await remove(name, '1', { dry_run, force: true });
    expect({ status, error }).toMatchObject({ status: 'failed', error: { code: 'stack_protected' } });
    expect(error?.detail).toContain(`The stack ${stack} has termination protection`);
    expect(await rig.calls('DeleteStack', stack)).toBe(0);
  });

  it('fails for a stack that does not exist', async () => {
    expect(await remove('nosuch', '1')).toMatchObject({ status: 'failed', error: { code: 'stack_not_found' } });
  });

  it('succeeds when a retry finds the stack gone', async () => {
    await external.createStack('gone', '1', QUEUE_TEMPLATE);
    await rig.aws.control.addFault({ kind: 'refuse', action: 'DeleteStack', stack: 'gone-1' });
    const failed = await rig.ended(await rig.submit('delete_stack', {}, { stack: 'gone', version: '1' }));
    expect(failed.progress).toMatchObject({ status: 'failed', error: { code: 'senza_failed' } });

    await external.deleteStack('gone-1');
    await rig.aws.control.finish('gone-1');
    const wanted = { stack: 'gone', version: '1', retryOf: failed };
    const again = await rig.ended(await rig.submit('delete_stack', {}, wanted));
    expect(again.progress.status).toBe('succeeded');
    expect(again.progress.steps.at(0)?.message).toBe('the stack gone-1 no longer exists');
  });
});
