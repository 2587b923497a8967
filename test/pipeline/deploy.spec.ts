import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare, failing } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

describe('a deployment', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1 });
  });
  afterAll(async () => {
    await rig.stop();
  });

  it('creates the stack, tags it with the job, and succeeds when the stack is ready', async () => {
    const id = await rig.deploy(bare('happy'), 'v1', { tags: ['Team=payments'] });
    const { progress } = await rig.ended(id);

    expect(progress).toMatchObject({ status: 'succeeded', error: null, waiting_for: null });
    expect(progress.steps.map(({ name, status }) => [name, status])).toEqual([
      ['validate', 'succeeded'],
      ['create', 'succeeded'],
      ['wait', 'succeeded'],
    ]);
    const stack = await rig.awsReader.stackByName(REGION, 'happy-v1');
    expect(stack).toMatchObject({ status: 'CREATE_COMPLETE', tags: { LizzyJobId: id, Team: 'payments' } });
    expect(await rig.calls('CreateStack', 'happy-v1')).toBe(1);
    const log = (await rig.log(id)).join('\n');
    expect(log).toContain('Creating Cloud Formation stack happy-v1');
    expect(log).toMatch(/Step create started\n[^]*Step create succeeded after [0-9.]+ s/);
    expect(log).toMatch(/Step wait succeeded after [0-9.]+ s: the stack happy-v1 is CREATE_COMPLETE\nJob succeeded$/);
    expect(await rig.leakedKeys()).toEqual([]);
  });

  it('creates nothing in a dry run', async () => {
    const { progress } = await rig.ended(await rig.deploy(bare('dry'), 'v1', { dry_run: true }));

    expect(progress.status).toBe('succeeded');
    expect(await rig.awsReader.stackByName(REGION, 'dry-v1')).toBeNull();
    expect(await rig.calls('CreateStack', 'dry-v1')).toBe(0);
  });

  it('fails with the first resource that failed and CloudFormation’s reason', async () => {
    const { progress } = await rig.ended(await rig.deploy(failing('sad'), 'v1'));

    expect(progress).toMatchObject({
      status: 'failed',
      error: {
        code: 'stack_failed',
        data: {
          stack: 'sad-v1',
          stack_status: 'ROLLBACK_COMPLETE',
          resource: 'Queue',
          resource_type: 'AWS::SQS::Queue',
        },
      },
    });
    expect(progress.error?.detail).toContain('Can only include alphanumeric characters');
  });

  it('fails when a foreign stack of that name exists, and does not change it', async () => {
    await rig.ended(await rig.deploy(bare('twice'), 'v1'));
    const { progress } = await rig.ended(await rig.deploy(bare('twice'), 'v1'));

    expect(progress).toMatchObject({ status: 'failed', error: { code: 'stack_exists' } });
    expect(await rig.calls('CreateStack', 'twice-v1')).toBe(1);
  });

  it('fails with Senza’s message when Senza rejects the definition', async () => {
    const definition = `${bare('odd')}SenzaComponents:\n  - Thing:\n      Type: Senza::NoSuchComponent\n`;
    const { progress } = await rig.ended(await rig.deploy(definition, 'v1'));

    expect(progress).toMatchObject({ status: 'failed', error: { code: 'invalid_request', data: { exit_code: 2 } } });
    expect(progress.error?.data['output']).toEqual(expect.stringContaining('NoSuchComponent'));
  });
});
