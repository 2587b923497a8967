import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { bare, weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

/** A definition whose queue has this delay in seconds. */
function delayed(name: string, seconds: number): string {
  return `${bare(name)}    Properties: {DelaySeconds: ${seconds}}\n`;
}

/** A definition whose queue has its delay from a parameter. */
function parameterized(name: string): string {
  return `SenzaInfo:
  StackName: ${name}
  Parameters: [{Delay: {Description: Seconds, Default: "5"}}]
SenzaComponents: [{Configuration: {Type: "Senza::Configuration"}}]
Resources:
  Queue: {Type: "AWS::SQS::Queue", Properties: {DelaySeconds: {Ref: Delay}}}
`;
}

describe('updating a stack', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1 });
  });
  afterAll(async () => {
    await rig.stop();
  });

  const submit = async (
    definition: string,
    version: string,
    more: Record<string, unknown> = {},
    retryOf?: JobRecord,
  ): Promise<string> => {
    const stack = /StackName: (\S+)/.exec(definition)?.[1] ?? '';
    const wanted = { stack, version, ...(retryOf === undefined ? {} : { retryOf }) };
    return await rig.submit('update_stack', { senza_yaml: definition, ...more }, wanted);
  };
  const update = async (...args: Parameters<typeof submit>): Promise<JobRecord> =>
    await rig.ended(await submit(...args));
  const created = async (definition: string, version = '1'): Promise<JobRecord> => {
    const job = await rig.ended(await rig.deploy(definition, version));
    expect(job.progress.status).toBe('succeeded');
    return job;
  };

  it('waits until CloudFormation has completed the update, and keeps the tags of the stack', async () => {
    const { submission } = await created(bare('shop'));
    const job = await update(delayed('shop', 7), '1');
    expect(job.progress).toMatchObject({
      status: 'succeeded',
      error: null,
      steps: [
        { name: 'update', status: 'succeeded' },
        { name: 'wait', status: 'succeeded' },
      ],
      result: { update: { stack: 'shop-1', changed: true }, wait: { status: 'UPDATE_COMPLETE' } },
    });
    expect(await rig.awsReader.stackByName(REGION, 'shop-1')).toMatchObject({
      status: 'UPDATE_COMPLETE',
      tags: { LizzyJobId: submission.id },
    });
    expect(await rig.leakedKeys()).toEqual([]);
  });

  it('passes the parameters to Senza', async () => {
    await created(parameterized('sized'));
    const job = await update(parameterized('sized'), '1', { parameters: ['Delay=9'] });
    expect(job.progress.status).toBe('succeeded');
    expect((await rig.awsReader.stackByName(REGION, 'sized-1'))?.parameters).toEqual([{ key: 'Delay', value: '9' }]);
  });

  it('succeeds when there is nothing to update, and says so', async () => {
    await created(bare('same'));
    const job = await update(bare('same'), '1');
    expect(job.progress).toMatchObject({
      status: 'succeeded',
      result: { update: { changed: false }, wait: { status: 'CREATE_COMPLETE' } },
    });
    expect(rig.step(job, 'update')?.message).toBe('there was nothing to update');
    expect(await rig.awsReader.stackByName(REGION, 'same-1')).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  it('fails with the first cause when CloudFormation rolls the update back, and can be retried', async () => {
    await created(bare('back'));
    await rig.aws.control.addFault({
      kind: 'fail_stack',
      action: 'UpdateStack',
      stack: 'back-1',
      reason: 'DelaySeconds is out of range',
    });
    const failed = await update(delayed('back', 7), '1');
    expect(failed.progress).toMatchObject({
      status: 'failed',
      error: {
        code: 'stack_failed',
        data: {
          stack_status: 'UPDATE_ROLLBACK_COMPLETE',
          resource: 'Queue',
          reason: expect.stringContaining('DelaySeconds is out of range'),
        },
      },
    });
    const again = await update(delayed('back', 7), '1', {}, failed);
    expect(again.progress).toMatchObject({ status: 'succeeded', result: { wait: { status: 'UPDATE_COMPLETE' } } });
  });

  it('fails when the stack does not exist', async () => {
    const job = await update(bare('none'), '1');
    expect(job.progress).toMatchObject({ status: 'failed', error: { code: 'stack_not_found' } });
    expect(await rig.calls('UpdateStack', 'none-1')).toBe(0);
  });

  it('fails when CloudFormation cannot update the stack in its state', async () => {
    await created(bare('broken'));
    await rig.aws.control.changeStack({ region: REGION, stack: 'broken-1', status: 'ROLLBACK_COMPLETE' });
    const job = await update(delayed('broken', 7), '1');
    expect(job.progress).toMatchObject({ status: 'failed', error: { code: 'stack_not_updatable' } });
  });

  it('does not change a stack that receives traffic', async () => {
    const job = await rig.ended(await rig.deploy(weighted('live'), '1', { new_traffic: 100 }));
    expect(job.progress.status).toBe('succeeded');
    const updates = await rig.calls('UpdateStack', 'live-1');
    const definition = `${weighted('live')}  Queue:\n    Type: AWS::SQS::Queue\n`;
    const refused = await update(definition, '1');
    expect(refused.progress).toMatchObject({ status: 'failed', error: { code: 'stack_has_traffic' } });
    expect(await rig.calls('UpdateStack', 'live-1')).toBe(updates);
  });

  const protect = async (stack: string, action: string, resource: string): Promise<void> => {
    const allowed = { Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' };
    const denied = { ...allowed, Effect: 'Deny', Action: action, Resource: `LogicalResourceId/${resource}` };
    await rig.aws.control.changeStack({ region: REGION, stack, policy: { Statement: [allowed, denied] } });
  };

  it.each([false, true])('rejects a change that the stack policy denies (dry run: %s)', async (dryRun) => {
    const name = dryRun ? 'guarded-dry' : 'guarded';
    await created(bare(name));
    await protect(`${name}-1`, 'Update:*', 'Queue');
    const refused = await update(delayed(name, 7), '1', { dry_run: dryRun });
    expect(refused.progress).toMatchObject({
      status: 'failed',
      error: {
        code: 'stack_protected',
        detail: expect.stringContaining(`The stack policy of ${name}-1 denies Update:Modify of Queue`),
      },
    });
    const removed = await update(bare(name).replace('Queue:', 'Other:'), '1', { dry_run: dryRun });
    expect(removed.progress.error?.detail).toContain(`denies Update:Delete of Queue`);
    expect(await rig.calls('UpdateStack', `${name}-1`)).toBe(0);
  });

  it('rejects a parameter whose change the stack policy denies, and applies what it allows', async () => {
    await created(parameterized('partly'));
    await protect('partly-1', 'Update:*', 'Queue');
    const refused = await update(parameterized('partly'), '1', { parameters: ['Delay=9'] });
    expect(refused.progress).toMatchObject({ status: 'failed', error: { code: 'stack_protected' } });
    const allowed = await update(`${parameterized('partly')}  Topic: {Type: "AWS::SNS::Topic"}\n`, '1');
    expect(allowed.progress).toMatchObject({ status: 'succeeded', result: { wait: { status: 'UPDATE_COMPLETE' } } });
  });

  it('only checks the definition in a dry run', async () => {
    await created(bare('dry'));
    const job = await update(delayed('dry', 7), '1', { dry_run: true });
    expect(job.progress).toMatchObject({ status: 'succeeded', steps: [{ name: 'update' }] });
    expect(await rig.calls('UpdateStack', 'dry-1')).toBe(0);
  });

  it('waits for another job of the same version', async () => {
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'busy-1', seconds: 600 });
    const creation = await rig.deploy(bare('busy'), '1');
    await rig.inStep(creation, 'wait');
    const id = await submit(delayed('busy', 7), '1');
    await rig.when(id, 'the lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    await rig.aws.control.finish('busy-1');
    expect((await rig.ended(id)).progress.status).toBe('succeeded');
  });

  it('can be cancelled while CloudFormation updates the stack, and reports its state', async () => {
    await created(bare('stop'));
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'stop-1', seconds: 600 });
    const id = await submit(delayed('stop', 7), '1');
    await rig.inStep(id, 'wait');
    await rig.cancel(id);
    expect((await rig.ended(id)).progress).toMatchObject({
      status: 'cancelled',
      result: { cancelled: { steps_done: ['update'], current_state: { stack: { status: 'UPDATE_IN_PROGRESS' } } } },
    });
    await rig.aws.control.finish('stop-1');
  });

  it('is applied once when the worker crashes after CloudFormation has started it', async () => {
    await created(bare('once'));
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'once-1', seconds: 600 });
    const id = await submit(delayed('once', 7), '1');
    await rig.inStep(id, 'wait');
    const [worker] = rig.workers;
    await worker?.kill();
    await rig.addWorker();
    await rig.aws.control.finish('once-1');
    expect((await rig.ended(id)).progress).toMatchObject({
      status: 'succeeded',
      result: { update: { changed: true } },
    });
    expect(await rig.calls('UpdateStack', 'once-1')).toBe(1);
  });
});
