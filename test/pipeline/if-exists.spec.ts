import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type JobRecord } from '#jobs';
import { bare } from '../support/definitions.js';
import { QUEUE_TEMPLATE, ExternalActor } from '../support/external-actor.js';
import { TestEnvironment } from '../support/test-environment.js';

const job = z.object({ id: z.string() });

describe('a deployment whose stack exists', () => {
  let lizzy: TestEnvironment;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1, lag: true });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  const submit = async (definition: string, more: object, key?: string): Promise<JobRecord> => {
    const body = { senza_yaml: definition, stack_version: '1', ...more };
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    const { status, text, json } = await lizzy.call('POST', '/api/deployments', { body, headers });
    if (status !== 202) throw new Error(text);
    return await lizzy.ended(job.parse(json).id);
  };
  const failCreation = async (stack: string): Promise<void> => {
    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'CreateStack', stack });
  };

  it('fails, and names the job that created the stack and the ways to continue', async () => {
    const first = await submit(bare('plain'), {});
    const second = await submit(bare('plain'), {});
    expect(second.progress.error).toMatchObject({
      code: 'stack_exists',
      data: { created_by_job: first.submission.id, stack_status: 'CREATE_COMPLETE' },
    });
    for (const part of [first.submission.id, 'CREATE_COMPLETE', 'retry_failed', 'accept']) {
      expect(second.progress.error?.detail).toContain(part);
    }
  });

  it('replaces a failed stack of an earlier job with retry_failed, but no other', async () => {
    await failCreation('again-1');
    expect((await submit(bare('again'), {})).progress.error?.code).toBe('stack_failed');
    expect((await submit(bare('again'), { if_exists: 'retry_failed' })).progress.status).toBe('succeeded');
    expect(await lizzy.calls('DeleteStack', 'again-1')).toBe(1);

    expect((await submit(bare('again'), { if_exists: 'retry_failed' })).progress.error?.code).toBe('stack_exists');
    expect(await lizzy.calls('DeleteStack', 'again-1')).toBe(1);
  });

  it('says why a failed stack could not be deleted', async () => {
    await failCreation('kept-1');
    await submit(bare('kept'), {});
    const fault = { action: 'DeleteStack', stack: 'kept-1' };
    await lizzy.aws.control.addFault(
      { ...fault, kind: 'slow_stack', seconds: 600 },
      { ...fault, kind: 'fail_stack', resource: 'Queue', reason: 'it is in use' },
    );
    const id = await lizzy.deployByApi(bare('kept'), '1', { if_exists: 'retry_failed' });
    await lizzy.when(id, 'the deletion', ({ progress: { waiting_for: wait } }) => {
      return wait?.reason === 'cloudformation' && wait.state === 'DELETE_IN_PROGRESS';
    });
    await lizzy.aws.control.finish('kept-1');
    expect((await lizzy.ended(id)).progress.error).toMatchObject({
      code: 'stack_failed',
      detail: 'The failed stack kept-1 could not be deleted: Queue: it is in use',
    });
  });

  it('accepts a stack of the same definition with accept, and reports what differs in another', async () => {
    await submit(bare('taken'), {});
    const reformatted = `# the same\n${bare('taken')}`;
    const accepted = await submit(reformatted, { if_exists: 'accept' });
    expect(accepted.progress).toMatchObject({ status: 'succeeded', result: { wait: { status: 'CREATE_COMPLETE' } } });
    expect(await lizzy.calls('CreateStack', 'taken-1')).toBe(1);
    expect(await lizzy.log(accepted.submission.id)).not.toContainEqual(expect.stringMatching(/^CREATE_/));

    const other = await submit(`${bare('taken')}    Properties: {DelaySeconds: 5}\n`, { if_exists: 'accept' });
    expect(other.progress.error).toMatchObject({
      code: 'stack_exists',
      detail: expect.stringContaining('Its definition is not the one of this deployment'),
    });
  });

  it('compares with the definition to which the stack was updated, also when Redis has lost everything', async () => {
    const created = await submit(bare('updated'), {});
    const update = `${bare('updated')}    Properties: {DelaySeconds: 7}\n`;
    const answer = await lizzy.call('PUT', '/api/stacks/updated-1', { body: { senza_yaml: update } });
    expect((await lizzy.ended(job.parse(answer.json).id)).progress.status).toBe('succeeded');
    await lizzy.redis.flushall();
    expect((await lizzy.call('GET', `/api/jobs/${created.submission.id}`)).status).toBe(404);
    expect((await submit(bare('updated'), { if_exists: 'accept' })).progress.error?.code).toBe('stack_exists');
    expect((await submit(update, { if_exists: 'accept' })).progress.status).toBe('succeeded');
  });

  it('compares with the definition of an update whose job was cancelled, and of the last one that was not rolled back', async () => {
    await submit(bare('halfway'), {});
    const update = async (definition: string): Promise<string> =>
      job.parse((await lizzy.call('PUT', '/api/stacks/halfway-1', { body: { senza_yaml: definition } })).json).id;
    const next = `${bare('halfway')}    Properties: {DelaySeconds: 7}\n`;
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'halfway-1', seconds: 600 });
    const id = await update(next);
    await lizzy.inStep(id, 'wait');
    await lizzy.cancel(id);
    expect((await lizzy.ended(id)).progress.status).toBe('cancelled');
    await lizzy.aws.control.finish('halfway-1');
    expect((await submit(bare('halfway'), { if_exists: 'accept' })).progress.error?.code).toBe('stack_exists');
    expect((await submit(next, { if_exists: 'accept' })).progress.status).toBe('succeeded');

    await lizzy.aws.control.addFault({ kind: 'fail_stack', action: 'UpdateStack', stack: 'halfway-1' });
    const failed = await lizzy.ended(await update(bare('halfway')));
    expect(failed.progress.error?.code).toBe('stack_failed');
    expect((await submit(bare('halfway'), { if_exists: 'accept' })).progress.error?.code).toBe('stack_exists');
    expect((await submit(next, { if_exists: 'accept' })).progress.status).toBe('succeeded');
  });

  it('accepts no stack that this agent did not create', async () => {
    await new ExternalActor(lizzy.aws).createStack('foreign', '1', QUEUE_TEMPLATE);
    const refused = await submit(bare('foreign'), { if_exists: 'accept' });
    expect(refused.progress.error).toMatchObject({
      code: 'stack_exists',
      detail: expect.stringContaining('it was not created by this agent'),
    });
  });

  it('can be restarted with the same Idempotency-Key and retry_failed until it has succeeded', async () => {
    await failCreation('run-1');
    const body = { if_exists: 'retry_failed' };
    const first = await submit(bare('run'), body, 'run-7');
    expect(first.progress.status).toBe('failed');
    const second = await submit(bare('run'), body, 'run-7');
    expect(second).toMatchObject({
      submission: { retry_of: first.submission.id },
      progress: { status: 'succeeded' },
    });
    const third = await submit(bare('run'), body, 'run-7');
    expect(third.submission.id).toBe(second.submission.id);
  });
});
