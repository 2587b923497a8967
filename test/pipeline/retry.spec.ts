import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { bare, weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { QUEUE_TEMPLATE, ExternalActor, weightedTemplate } from '../support/external-actor.js';

describe('a retry', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1 });
  });
  afterAll(async () => {
    await rig.stop();
  });

  const retry = async (definition: string, of: JobRecord, more: Record<string, unknown> = {}): Promise<JobRecord> =>
    await rig.ended(await rig.deploy(definition, of.submission.stack_version, more, { retryOf: of }));
  const messageOf = (job: JobRecord, step: string): string | null | undefined => rig.step(job, step)?.message;

  it('continues with the traffic when the stack exists, and says so', async () => {
    await rig.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: 'go-1' });
    const failed = await rig.ended(await rig.deploy(weighted('go'), '1', { new_traffic: 100 }));
    expect(failed.progress).toMatchObject({ status: 'failed', error: { code: 'senza_failed' } });

    const again = await retry(weighted('go'), failed, { new_traffic: 100 });
    expect(again.progress).toMatchObject({
      status: 'succeeded',
      result: { traffic: { weights_after: { 'go-1': 100 } } },
    });
    expect(messageOf(again, 'remove_failed')).toBe('the stack go-1 is CREATE_COMPLETE: continuing with it');
    expect(await rig.calls('CreateStack', 'go-1')).toBe(1);
    expect(await rig.calls('DeleteStack', 'go-1')).toBe(0);
  });

  it('continues waiting when a timeout left the stack in creation', async () => {
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'late-1', seconds: 600 });
    const failed = await rig.ended(await rig.deploy(bare('late'), '1', { timeout_seconds: 1 }));
    expect(failed.progress).toMatchObject({
      status: 'failed',
      error: { code: 'timed_out', data: { stack_status: 'CREATE_IN_PROGRESS' } },
    });
    expect(await rig.calls('DeleteStack', 'late-1')).toBe(0);

    const id = await rig.deploy(bare('late'), '1', {}, { retryOf: failed });
    await rig.inStep(id, 'wait');
    await rig.aws.control.finish('late-1');
    expect((await rig.ended(id)).progress.status).toBe('succeeded');
    expect(await rig.calls('CreateStack', 'late-1')).toBe(1);
  });

  it.each([
    ['ROLLBACK_COMPLETE', false],
    ['CREATE_FAILED', true],
  ])('deletes its own stack in %s first, and starts over', async (status, disableRollback) => {
    const name = disableRollback ? 'kept' : 'rolled';
    const more = { disable_rollback: disableRollback };
    await rig.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack: `${name}-1` });
    const failed = await rig.ended(await rig.deploy(bare(name), '1', more));
    expect(failed.progress).toMatchObject({
      status: 'failed',
      error: { code: 'stack_failed', data: { stack_status: status } },
    });

    const again = await retry(bare(name), failed, more);
    expect(again.progress.status).toBe('succeeded');
    expect(messageOf(again, 'remove_failed')).toBe(
      `the failed stack ${name}-1 is deleted; starting from the beginning`,
    );
    expect(await rig.calls('DeleteStack', `${name}-1`)).toBe(1);
    expect(await rig.awsReader.stackByName(REGION, `${name}-1`)).toMatchObject({
      status: 'CREATE_COMPLETE',
      tags: { LizzyJobId: again.submission.id },
    });
  });

  it('delays no traffic switch of the application while its failed stack is being deleted', async () => {
    await new ExternalActor(rig.aws).createStack('slowly', '1', weightedTemplate('slowly', '1', 100));
    await rig.aws.control.addFault(
      { kind: 'fail_stack', action: 'CreateStack', stack: 'slowly-2' },
      { kind: 'slow_stack', action: 'DeleteStack', stack: 'slowly-2', seconds: 600 },
    );
    const failed = await rig.ended(await rig.deploy(bare('slowly'), '2'));
    const id = await rig.deploy(bare('slowly'), '2', {}, { retryOf: failed });
    await rig.when(id, 'the deletion', ({ progress }) => progress.waiting_for?.reason === 'cloudformation');

    const patch = { new_traffic: 0, allow_traffic_loss: true };
    const switched = await rig.submit('patch_stack', patch, { stack: 'slowly', version: '1' });
    expect((await rig.ended(switched)).progress.status).toBe('succeeded');
    expect((await rig.job(id)).progress).toMatchObject({
      status: 'running',
      steps: [{ status: 'running' }, {}, {}, {}],
    });
    await rig.aws.control.finish('slowly-2');
    expect((await rig.ended(id)).progress.status).toBe('succeeded');
    const deletion = (await rig.log(id)).filter((line) => /^DELETE_\S+ AWS::CloudFormation::Stack slowly-2/.test(line));
    expect(deletion).toEqual([
      'DELETE_IN_PROGRESS AWS::CloudFormation::Stack slowly-2: User Initiated',
      'DELETE_COMPLETE AWS::CloudFormation::Stack slowly-2',
    ]);
  });

  it('starts over when no stack exists', async () => {
    await rig.aws.control.addFault({ kind: 'refuse', action: 'CreateStack', stack: 'none-1' });
    const failed = await rig.ended(await rig.deploy(bare('none'), '1'));
    expect(failed.progress.status).toBe('failed');
    const again = await retry(bare('none'), failed);
    expect(again.progress.status).toBe('succeeded');
    expect(messageOf(again, 'remove_failed')).toBe('no stack exists; starting from the beginning');
  });

  it('does not change a stack that Lizzy did not create, failed or not', async () => {
    await rig.aws.control.addFault({ kind: 'refuse', action: 'CreateStack', stack: 'their-1' });
    const failed = await rig.ended(await rig.deploy(bare('their'), '1'));
    await new ExternalActor(rig.aws).createStack('their', '1', QUEUE_TEMPLATE);
    await rig.aws.control.changeStack({ region: REGION, stack: 'their-1', status: 'ROLLBACK_COMPLETE' });
    const again = await retry(bare('their'), failed);
    expect(again.progress).toMatchObject({ status: 'failed', error: { code: 'stack_exists' } });
    expect(await rig.calls('DeleteStack', 'their-1')).toBe(0);
    expect(await rig.leakedKeys()).toEqual([]);
  });
});
