import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { ExternalActor, weightedTemplate } from '../support/external-actor.js';

const DEPLOYMENTS = 50;

describe('order and exclusion', () => {
  let rig: TestEnvironment;
  let external: ExternalActor;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1 });
    external = new ExternalActor(rig.aws);
  });
  afterAll(async () => {
    await rig.stop();
  });

  it('runs changes of one stack version in the order of submission, and reports what they wait for', async () => {
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'one-1', seconds: 600 });
    const creation = await rig.deploy(bare('one'), '1', {}, { requestedBy: 'anna' });
    const wanted = { stack: 'one', version: '1', requestedBy: 'ben' };
    const deletion = await rig.submit('delete_stack', {}, wanted);
    const again = await rig.deploy(bare('one'), '1', { tags: ['Second=yes'] });
    const waiting = await rig.when(deletion, 'a lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    expect(waiting.progress).toMatchObject({
      status: 'queued',
      waiting_for: { job_id: creation, stack: 'one-1', requested_by: 'anna' },
    });
    await rig.aws.control.finish('one-1');

    const ended = await Promise.all([creation, deletion, again].map((id) => rig.ended(id)));
    const ends = ended.map(({ progress }) => progress.finished_at ?? '');
    expect(ends).toEqual(ends.toSorted());
    const [first, second, third] = ended.map(({ progress }) => progress.status);
    expect([first, second]).toEqual(['succeeded', 'succeeded']);
    // The stack is still being deleted then: either a failure that says so, or a stack of its own.
    expect(['succeeded', 'failed']).toContain(third);
    expect(await rig.leakedKeys()).toEqual([]);
  });

  it('makes one traffic switch of an application wait for the other', async () => {
    await rig.aws.control.setStackSeconds(0);
    for (const [version, share] of Object.entries({ 1: 100, 2: 0 })) {
      await external.createStack('name', version, weightedTemplate('name', version, share));
    }
    const switching = { new_traffic: 60 };
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'name-2', seconds: 600 });
    const first = await rig.submit('patch_stack', switching, { stack: 'name', version: '2', requestedBy: 'anna' });
    await rig.when(first, 'its update', ({ progress }) => progress.waiting_for?.reason === 'cloudformation');
    const second = await rig.submit('patch_stack', switching, { stack: 'name', version: '1', requestedBy: 'ben' });
    const waiting = await rig.when(second, 'a lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    expect(waiting.progress).toMatchObject({
      status: 'running',
      waiting_for: { job_id: first, stack: 'name-2', requested_by: 'anna', scope: 'stack name' },
    });
    await rig.aws.control.finish('name-2');
    const { progress } = await rig.ended(second);
    expect(progress.result?.['traffic']).toMatchObject({
      weights_before: { 'name-1': 40, 'name-2': 60 },
      weights_after: { 'name-1': 60, 'name-2': 40 },
    });
    expect(await rig.leakedKeys()).toEqual([]);
  });

  it('deploys fifty versions of one application at once, each once', async () => {
    await rig.aws.control.setStackSeconds(1);
    const versions = Array.from({ length: DEPLOYMENTS }, (_, index) => `v${index + 1}`);
    const ids = await Promise.all(versions.map((version) => rig.deploy(bare('many'), version)));
    const same = await Promise.all([1, 2, 3].map(() => rig.deploy(bare('many'), 'v1')));
    const ended = await Promise.all(ids.map((id) => rig.ended(id)));

    expect(ended.map(({ progress }) => progress.status)).toEqual(versions.map(() => 'succeeded'));
    for (const id of same) {
      expect((await rig.ended(id)).progress).toMatchObject({ status: 'failed', error: { code: 'stack_exists' } });
    }
    const creations = await rig.aws.control.calls({ kind: 'call', action: 'CreateStack' });
    const created = creations.map(({ stack }) => stack).filter((stack) => stack?.startsWith('many-') === true);
    expect(created.toSorted()).toEqual(versions.map((version) => `many-${version}`).toSorted());
    expect(await rig.leakedKeys()).toEqual([]);
  });

  it('fails jobs whose record is damaged, continues those whose other keys are, and releases locks without a job', async () => {
    const key = (...parts: string[]): string => `{lizzy}:${parts.join(':')}`;
    const lock = (family: string, stack: string): string => key(family, 'version', REGION, `${stack}-1`);
    const { redis } = rig;
    const damages: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      'bad-json': (id) => redis.hset(key('job', id), 'submission', '{'),
      'bad-form': (id) => redis.hset(key('job', id), 'progress', '{"status":7}'),
      'bad-number': (id) => redis.hset(key('job', id), 'attempt', 'many'),
      'bad-request': (id) => redis.set(key('request', id), '{'),
      'other-request': (id) => redis.set(key('request', id), '{"stack_name":7}'),
      'no-request': (id) => redis.del(key('request', id)),
      'no-hash': (id) => redis.set(key('job', id), 'x'),
      gone: (id) => redis.del(key('job', id)),
    };
    const repairs: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      'no-stream': (id) => redis.set(key('events', id), 'x'),
      'no-set': (id) => redis.set(key('locks-of', id), 'x'),
      'no-lock': () => redis.rpush(lock('lock', 'no-lock'), 'x'),
      'no-queue': () => redis.set(lock('lock-queue', 'no-queue'), 'x'),
      orphan: () => redis.set(lock('lock', 'orphan'), 'no-such-job'),
      'orphan-queue': () => redis.zadd(lock('lock-queue', 'orphan-queue'), 0, 'no-such-job'),
    };
    const submit = async ([stack, damage]: [string, (id: string) => Promise<unknown>]): Promise<string> => {
      const id = await rig.deploy(bare(stack), '1', {}, { enqueued: false });
      await damage(id);
      await rig.queue.add(id);
      return id;
    };
    // The reconciler of a worker must not find a job before it is damaged.
    const [damaged, repaired] = await rig.whileWorkersAreFrozen(
      async () =>
        await Promise.all([
          Promise.all(Object.entries(damages).map(submit)),
          Promise.all(Object.entries(repairs).map(submit)),
        ]),
    );
    const statusOf = async (id: string): Promise<string> =>
      (await rig.store.get(id).catch(() => null))?.progress.status ?? 'unreadable';
    await until('all jobs to end', async () => {
      const statuses = await Promise.all([...damaged, ...repaired].map(statusOf));
      return statuses.every((status) => status === 'failed' || status === 'succeeded');
    });
    for (const id of damaged)
      expect((await rig.job(id)).progress).toMatchObject({ status: 'failed', error: { code: 'record_damaged' } });
    expect(await Promise.all(repaired.map(statusOf))).toEqual(repaired.map(() => 'succeeded'));
    expect(await rig.leakedKeys()).toEqual([]);
    const { progress } = await rig.ended(await rig.deploy(bare('bad-json'), '1'));
    expect(progress.status).toBe('succeeded');
  });
});
