import { type JobSchemaRef, jobKeys, WorkerRegistry } from '#jobs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { inProject, until } from '../../local/services/index.js';
import { type TestApi } from '../support/api-in-process.js';
import { TestEnvironment } from '../support/test-environment.js';
import { jobOf, pageOf, problemOf } from '../api/deployment.js';
import { bare } from '../support/definitions.js';
import { newJob } from '../support/new-job.js';

const storedText = z.string().transform((text): unknown => JSON.parse(text));
const stored = storedText.pipe(z.record(z.string(), z.json()));

describe('a job of a later version, beside a worker and an API of this one', () => {
  let rig: TestEnvironment;
  let api: TestApi;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1, tokens: true });
    api = await rig.apiInProcess();
  });
  afterAll(async () => {
    await rig.stop();
  });

  /** Writes a job as a later version would: another kind or another schema, with fields that this version does not know. */
  async function submitLater(stack: string, later: Partial<JobSchemaRef>): Promise<string> {
    const payload = { senza_yaml: bare(stack), stack_version: 'v1' };
    // The reconciler of a worker must not find the job while it is one of this version.
    const id = await rig.whileWorkersAreFrozen(async () => {
      const submitted = (await rig.store.submit(newJob('deploy', payload, { stack, version: 'v1' }))).id;
      const key = jobKeys('lizzy').job(submitted);
      const submission = await rig.redis.hget(key, 'submission');
      const { progress } = await rig.job(submitted);
      const unknownFields = later.schema === undefined ? {} : { steps: [{ name: 'swap', mood: 'new' }], swapped: true };
      await rig.redis.hset(key, {
        submission: JSON.stringify({ ...stored.parse(submission), ...later, colour: 'blue' }),
        progress: JSON.stringify({ ...progress, ...unknownFields }),
      });
      return submitted;
    });
    await rig.queue.add(id);
    return id;
  }

  async function reasonOf(id: string): Promise<unknown> {
    return jobOf(await api.call('GET', `/api/jobs/${id}`)).waiting_for?.reason;
  }

  it.each([
    ['kind', 'swap-kind', { kind: 'swap_stacks' }],
    ['form', 'swap-form', { schema: 2 }],
  ] as const)(
    '(its %s) is listed, not changed, and waits for no_worker_for until a worker understands it',
    async (_, stack, later) => {
      const id = await submitLater(stack, later);
      await until('no worker to run it', async () => (await reasonOf(id)) === 'no_worker_for');
      // The worker of this version processes this job meanwhile, which shows that it has released the one before.
      expect((await rig.ended(await rig.deploy(bare(`${stack}-after`), 'v1'))).progress.status).toBe('succeeded');

      const listed = pageOf(await api.call('GET', '/api/jobs')).items.find((job) => job.id === id);
      expect(listed).toMatchObject({ status: 'queued', attempt: 0, stack_name: stack, actions: { retry: false } });
      expect(await rig.calls('CreateStack', `${stack}-v1`)).toBe(0);

      const registry = new WorkerRegistry(rig.redis, 'lizzy');
      const kinds = ['deploy', 'swap_stacks'];
      const report = { id: 'later', version: '4.0.0', senza_version: '2.1.143', started_at: '', draining: false };
      await until('a worker that knows it', async () => {
        // A report counts for some seconds.
        await registry.report({ ...report, kinds, schema: 2 });
        return (await reasonOf(id)) === 'worker';
      });
      await registry.remove('later');
    },
  );

  it('accepts a cancel request, and is finished only by a worker that understands it', async () => {
    const id = await submitLater('swap-off', { kind: 'swap_stacks' });
    expect(jobOf(await api.call('POST', `/api/jobs/${id}/cancel`))).toMatchObject({
      status: 'queued',
      cancel_requested: true,
    });
    const retry = await api.call('POST', `/api/jobs/${id}/retry`);
    expect([retry.status, problemOf(retry).type]).toEqual([409, 'urn:lizzy:problem:job-not-retryable']);
  });
});

/**
 * Every key without a time to live of a Lizzy 3.0.0, as `DUMP` returns it, in base64. When it was made, one worker had been killed
 * while it waited for the stack `slow-1`, and `queued-1` had not been claimed. It never changes: what 3.0.0 has stored stays readable.
 */
const STORED = 'stored/3.0.0.json';

describe('the jobs that Lizzy 3.0.0 has stored', () => {
  let rig: TestEnvironment;
  let api: TestApi;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ tokens: true });
    const text = readFileSync(inProject('test', 'faults', STORED), 'utf8');
    const keys = z.record(z.string(), z.base64()).parse(JSON.parse(text));
    for (const [key, dump] of Object.entries(keys))
      await rig.redis.restore(key, 0, Buffer.from(dump, 'base64'), 'REPLACE');
    api = await rig.apiInProcess();
  });
  afterAll(async () => {
    await rig.stop();
  });

  const list = async (): Promise<string[]> =>
    pageOf(await api.call('GET', '/api/jobs')).items.map(
      ({ kind, stack_name: name, stack_version: version, status }) => `${kind} ${name}-${version} ${status}`,
    );

  it('are listed, with their logs, and one that waits for a worker runs', async () => {
    expect(await list()).toEqual([
      'deploy queued-1 queued',
      'deploy slow-1 running',
      'deploy stopped-1 cancelled',
      'delete_stack old-1 succeeded',
      'update_stack old-1 succeeded',
      'create_stack old-1 succeeded',
      'deploy broken-1 failed',
      'rollback shop-1 succeeded',
      'patch_stack shop-2 succeeded',
      'deploy shop-2 succeeded',
      'deploy shop-1 succeeded',
    ]);
    for (const { id } of pageOf(await api.call('GET', '/api/jobs')).items) {
      expect(jobOf(await api.call('GET', `/api/jobs/${id}`)).id).toBe(id);
      expect((await api.call('GET', `/api/jobs/${id}/log`)).status).toBe(200);
    }
    await rig.addWorker({ HISTORY_DAYS: '3650' });
    await until('the queued job to succeed', async () => (await list())[0] === 'deploy queued-1 succeeded');
  });
});
