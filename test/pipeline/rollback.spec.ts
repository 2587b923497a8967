import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { until } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { ExternalActor, recordsTemplate, weightedTemplate } from '../support/external-actor.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

const job = z.object({ id: z.string() });

type Shares = Readonly<Record<string, number>>;

// The tests are about different applications and run at the same time: they mostly wait.
describe('rolling back the traffic of an application', () => {
  let lizzy: TestEnvironment;
  let actor: ExternalActor;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1, lag: true, stackSeconds: 0.3, concurrentTests: true });
    actor = new ExternalActor(lizzy.aws);
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  /** Creates versions with these shares of the application's domain, without Lizzy. */
  const standing = async (name: string, shares: Shares): Promise<void> => {
    for (const [version, share] of Object.entries(shares)) {
      await actor.createStack(name, version, weightedTemplate(name, version, share));
    }
  };
  const submitSwitch = async (name: string, version: string, share: number, more = {}): Promise<string> => {
    const options = { body: { new_traffic: share, ...more }, headers: { Prefer: 'respond-async' } };
    const { status, text, json } = await lizzy.call('PATCH', `/api/stacks/${name}-${version}`, options);
    if (status !== 202) throw new Error(text);
    return job.parse(json).id;
  };
  const switchTo = async (name: string, version: string, share: number): Promise<string> => {
    const id = await submitSwitch(name, version, share);
    expect((await lizzy.ended(id)).progress).toMatchObject({ status: 'succeeded' });
    return id;
  };
  const patchesOf = async (name: string, version: string): Promise<number> => {
    const path = `/api/jobs?kind=patch_stack&stack_name=${name}&stack_version=${version}`;
    return z.object({ items: z.array(job) }).parse((await lizzy.call('GET', path)).json).items.length;
  };
  const submit = async (name: string, body?: object, headers = {}): Promise<string> => {
    const { status, text, json } = await lizzy.call('POST', `/api/applications/${name}/rollback`, { body, headers });
    if (status !== 202) throw new Error(text);
    return job.parse(json).id;
  };
  const rollBack = async (name: string, body?: object, headers = {}) => {
    const id = await submit(name, body, headers);
    return { id, ...(await lizzy.ended(id)).progress };
  };
  const weights = async (...stacks: string[]): Promise<Record<string, Shares>> => {
    const domains = await lizzy.awsReader.weights(REGION, stacks);
    return Object.fromEntries(
      domains.map(({ domain, variant, weights: found }) => [
        [domain.split('.')[0], ...(variant === null ? [] : [variant])].join(' '),
        Object.fromEntries(found),
      ]),
    );
  };

  it.concurrent(
    'restores the weights from before the last change, with an empty body, once per key, and is listed with the application',
    async () => {
      await standing('shop', { 1: 100 });
      const { id: last } = await lizzy.client.deploy({
        senza_yaml: weighted('shop'),
        stack_version: '2',
        new_traffic: 100,
      });
      await lizzy.ended(last);
      const key = { 'idempotency-key': 'once' };
      const progress = await rollBack('shop', undefined, key);
      expect(progress).toMatchObject({
        status: 'succeeded',
        result: {
          check: {
            undoes: last,
            changes: [
              {
                domain: 'shop.example.org',
                identifier: 'shop-1',
                weight_before: 0,
                weight_after: 100,
                stack: 'shop-1',
              },
              {
                domain: 'shop.example.org',
                identifier: 'shop-2',
                weight_before: 100,
                weight_after: 0,
                stack: 'shop-2',
              },
            ],
          },
          traffic: {
            changed: true,
            domains: [
              {
                domain: 'shop.example.org',
                weights_before: { 'shop-1': 0, 'shop-2': 100 },
                weights_after: { 'shop-1': 100, 'shop-2': 0 },
              },
            ],
          },
        },
      });
      expect(await weights('shop-1')).toEqual({ shop: { 'shop-1': 100, 'shop-2': 0 } });
      // By now the last change is the rollback itself.
      expect(await submit('shop', undefined, key)).toBe(progress.id);
      await expect(submit('shop', { to_job: last }, key)).rejects.toThrow('idempotency-key-reused');
      const { status, json } = await lizzy.call('GET', '/api/applications/shop');
      expect(status).toBe(200);
      expect(json).toMatchObject({
        name: 'shop',
        region: REGION,
        versions: [
          { version: '1', status: expect.stringMatching(/^UPDATE_/), weights: { 'shop.example.org': 100 } },
          { version: '2', weights: { 'shop.example.org': 0 }, job: last },
        ],
        domains: [{ domain: 'shop.example.org', weights: { 'shop-1': 100, 'shop-2': 0 } }],
        unfinished_jobs: [],
        traffic_changes: [
          { job_id: progress.id, kind: 'rollback', requested_by: 'robot' },
          { job_id: last, before: [{ weights: { 'shop-1': 100 } }], after: [{ weights: { 'shop-2': 100 } }] },
        ],
      });
      const list = await lizzy.call('GET', `/api/applications?region=${REGION}`);
      expect(list.json).toMatchObject({
        items: expect.arrayContaining([expect.objectContaining({ name: 'shop', versions: 2 })]),
      });
      expect((await lizzy.call('GET', '/api/applications/nothing')).status).toBe(404);
    },
  );

  it.concurrent(
    'restores uneven shares of three versions exactly, also those from before an earlier job, with one update of each',
    async () => {
      await standing('split', { 1: 33.5, 2: 50, 3: 16.5, 4: 0, 5: 0 });
      const fourth = await switchTo('split', '4', 100);
      await switchTo('split', '5', 100);
      const since = await lizzy.calls('UpdateStack', 'split-2');
      const progress = await rollBack('split', { to_job: fourth });
      expect(progress.status).toBe('succeeded');
      expect(await weights('split-1')).toEqual({
        split: { 'split-1': 33.5, 'split-2': 50, 'split-3': 16.5, 'split-4': 0, 'split-5': 0 },
      });
      expect(await lizzy.calls('UpdateStack', 'split-2')).toBe(since + 1);
    },
  );

  it.concurrent(
    'restores different weights of three domains, and leaves a domain alone that only the new version has',
    async () => {
      const create = async (version: string, shares: Shares): Promise<void> => {
        const records = Object.entries(shares).map(([domain, weight]) => ({ domain, weight }));
        await actor.createStack('multi', version, recordsTemplate('multi', version, records));
      };
      await create('1', { 'multi-a': 200, 'multi-b': 60, 'multi-c': 0 });
      await create('2', { 'multi-a': 0, 'multi-b': 140, 'multi-c': 200 });
      await create('3', { 'multi-a': 0, 'multi-b': 0, 'multi-c': 0, 'multi-new': 0 });
      await switchTo('multi', '3', 100);
      expect(await weights('multi-3')).toMatchObject({
        'multi-a': { 'multi-3': 100 },
        'multi-new': { 'multi-3': 100 },
      });
      expect(await rollBack('multi')).toMatchObject({ status: 'succeeded' });
      expect(await weights('multi-3')).toEqual({
        'multi-a': { 'multi-1': 100, 'multi-2': 0, 'multi-3': 0 },
        'multi-b': { 'multi-1': 30, 'multi-2': 70, 'multi-3': 0 },
        'multi-c': { 'multi-1': 0, 'multi-2': 100, 'multi-3': 0 },
        'multi-new': { 'multi-3': 100 },
      });
    },
  );

  it.concurrent(
    'creates a record of no stack again that the switch has removed, and separates A and AAAA records that differed',
    async () => {
      await actor.putRecord('moved', 'legacy', 120);
      await standing('moved', { 1: 40, 2: 0 });
      await switchTo('moved', '2', 100);
      expect(await weights('moved-2')).toEqual({ moved: { 'moved-1': 0, 'moved-2': 100 } });
      expect(await rollBack('moved')).toMatchObject({
        status: 'succeeded',
        result: {
          check: { changes: expect.arrayContaining([expect.objectContaining({ identifier: 'legacy', stack: null })]) },
        },
      });
      expect(await weights('moved-2')).toEqual({ moved: { legacy: 60, 'moved-1': 40, 'moved-2': 0 } });

      const six = (version: string, a: number, aaaa: number): Promise<void> =>
        actor.createStack(
          'six',
          version,
          recordsTemplate('six', version, [
            { domain: 'six', weight: a },
            { domain: 'six', weight: aaaa, type: 'AAAA' },
          ]),
        );
      await six('1', 200, 100);
      await six('2', 0, 100);
      await switchTo('six', '2', 100);
      expect(await rollBack('six')).toMatchObject({ status: 'succeeded' });
      expect(await weights('six-2')).toEqual({
        'six A': { 'six-1': 100, 'six-2': 0 },
        'six AAAA': { 'six-1': 50, 'six-2': 50 },
      });
    },
  );

  it.concurrent('only shows what it would change in a dry run', async () => {
    await standing('dry', { 1: 100, 2: 0 });
    await switchTo('dry', '2', 30);
    const since = await lizzy.calls('UpdateStack', 'dry-1');
    expect(await rollBack('dry', { dry_run: true })).toMatchObject({
      status: 'succeeded',
      steps: [{ name: 'check', message: expect.stringContaining('dry-1 70 -> 100 %') }],
      result: {
        check: { changes: [{ identifier: 'dry-1' }, { identifier: 'dry-2', weight_before: 30, weight_after: 0 }] },
      },
    });
    expect(await lizzy.calls('UpdateStack', 'dry-1')).toBe(since);
  });

  it.concurrent('supersedes an older deployment that has not switched yet', async () => {
    await standing('late', { 1: 100, 2: 0 });
    await switchTo('late', '2', 100);
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'late-3', seconds: 600 });
    const older = await lizzy.deployByApi(weighted('late'), '3', { new_traffic: 100 });
    await lizzy.inStep(older, 'wait');
    const { id, status } = await rollBack('late');
    expect(status).toBe('succeeded');
    await lizzy.aws.control.finish('late-3');
    expect((await lizzy.ended(older)).progress).toMatchObject({
      status: 'superseded',
      result: { superseded_by: id },
    });
    expect(await weights('late-1')).toEqual({ late: { 'late-1': 100, 'late-2': 0, 'late-3': 0 } });
  });

  it.concurrent(
    'runs before all switches that wait, of deployments and of PATCHes, which are superseded, also with "switch"',
    async () => {
      await standing('queue', { 1: 100, 2: 0, 3: 0, 4: 0 });
      await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'queue-2', seconds: 600 });
      const running = await submitSwitch('queue', '2', 100);
      await lizzy.acting(running, 'traffic');
      const waiting = [
        await submitSwitch('queue', '3', 100),
        await lizzy.deployByApi(weighted('queue'), '5', { new_traffic: 100 }),
        await submitSwitch('queue', '4', 50, { if_superseded: 'switch' }),
      ];
      for (const each of waiting) {
        await lizzy.when(each, 'the lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
      }
      const ofLizzy2 = lizzy.call('PATCH', '/api/stacks/queue-4', { body: { new_traffic: 40 } });
      await until('the second PATCH of version 4', async () => (await patchesOf('queue', '4')) === 2);
      const id = await submit('queue');
      await lizzy.aws.control.finish('queue-2');
      expect((await lizzy.ended(id)).progress).toMatchObject({
        status: 'succeeded',
        result: { check: { undoes: running } },
      });
      for (const each of waiting) {
        expect((await lizzy.ended(each)).progress).toMatchObject({
          status: 'superseded',
          result: { superseded_by: id },
        });
      }
      const { status, headers } = await ofLizzy2;
      expect([status, headers.get('x-lizzy-output')]).toEqual([202, expect.stringContaining(id)]);
      expect(await weights('queue-1')).toMatchObject({ queue: { 'queue-1': 100, 'queue-2': 0, 'queue-3': 0 } });
      for (const stack of ['queue-3', 'queue-4', 'queue-5']) expect(await lizzy.calls('UpdateStack', stack)).toBe(0);
    },
  );

  it.concurrent('restores the weights from before a switch that was cancelled in the middle', async () => {
    await standing('half', { 1: 100, 2: 0 });
    await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'half-2', seconds: 600 });
    const cut = await submitSwitch('half', '2', 100);
    await lizzy.when(
      cut,
      'the switch',
      (each) => typeof lizzy.step(each, 'traffic')?.journal[0]?.ended_at === 'string',
    );
    await lizzy.cancel(cut);
    expect((await lizzy.ended(cut)).progress.status).toBe('cancelled');
    const id = await submit('half');
    await lizzy.aws.control.finish('half-2');
    expect((await lizzy.ended(id)).progress).toMatchObject({
      status: 'succeeded',
      result: { check: { undoes: cut } },
    });
    expect(await weights('half-1')).toEqual({ half: { 'half-1': 100, 'half-2': 0 } });
  });

  it.concurrent('restores the weights from before a switch that failed after two of its three updates', async () => {
    await standing('failed', { 1: 60, 2: 40, 3: 0 });
    await lizzy.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: 'failed-3', times: null });
    const failed = await submitSwitch('failed', '3', 100);
    expect((await lizzy.ended(failed)).progress.status).toBe('failed');
    expect(await weights('failed-1')).toEqual({ failed: { 'failed-1': 100, 'failed-2': 0, 'failed-3': 0 } });
    expect(await rollBack('failed')).toMatchObject({ status: 'succeeded', result: { check: { undoes: failed } } });
    expect(await weights('failed-1')).toEqual({ failed: { 'failed-1': 60, 'failed-2': 40, 'failed-3': 0 } });
  });

  it.concurrent.each([
    ['refuses the second update', 'refuse', 'senza_failed'],
    ['rolls the second update back', 'fail_stack', 'stack_failed'],
  ] as const)(
    'sets the weights from before it again when AWS %s, and fails with the reason',
    async (_what, kind, code) => {
      const name = kind === 'refuse' ? 'undone' : 'rolled';
      await standing(name, { 1: 100, 2: 0 });
      await switchTo(name, '2', 100);
      const stack = `${name}-2`;
      await lizzy.aws.control.addFault({ kind, action: 'UpdateStack', stack, times: null, reason: 'Invalid request' });
      const progress = await rollBack(name);
      expect(progress).toMatchObject({ status: 'failed', error: { code } });
      expect(await weights(stack)).toEqual({ [name]: { [`${name}-1`]: 0, [stack]: 100 } });
    },
  );

  it.concurrent(
    'fails before anything is changed when a version cannot be updated or is gone, in a dry run too, and names it',
    async () => {
      await standing('stuck', { 1: 100, 2: 0 });
      await switchTo('stuck', '2', 100);
      await lizzy.aws.control.changeStack({ region: REGION, stack: 'stuck-1', status: 'UPDATE_ROLLBACK_FAILED' });
      const since = await lizzy.calls('UpdateStack', 'stuck-2');
      for (const body of [{}, { dry_run: true }]) {
        expect(await rollBack('stuck', body)).toMatchObject({
          status: 'failed',
          error: {
            code: 'traffic_refused',
            detail: expect.stringContaining('stuck-1 is UPDATE_ROLLBACK_FAILED and cannot be updated'),
          },
        });
      }
      await actor.deleteStack('stuck-1');
      await lizzy.aws.control.finish('stuck-1');
      expect(await rollBack('stuck')).toMatchObject({
        status: 'failed',
        error: { code: 'traffic_refused', detail: expect.stringContaining('stuck-1 does not exist any more') },
      });
      expect(await lizzy.calls('UpdateStack', 'stuck-2')).toBe(since);
    },
  );

  it.concurrent(
    'is rejected when no traffic change is known, the named job made none, or no version had traffic before',
    async () => {
      await standing('first', { 1: 0 });
      await switchTo('first', '1', 100);
      const rejected = async (name: string, body: object): Promise<number> =>
        (await lizzy.call('POST', `/api/applications/${name}/rollback`, { body })).status;
      expect(await rejected('unknown', {})).toBe(404);
      expect(await rejected('first', { to_job: 'x' })).toBe(404);
      expect(await rejected('first', {})).toBe(409);
    },
  );

  // After the others, whose worker it stops.
  it('fails before anything is changed on a worker without the repairs of Senza', async () => {
    await standing('bare', { 1: 100, 2: 0 });
    await switchTo('bare', '2', 100);
    await lizzy.workers.at(-1)?.stop();
    await lizzy.addWorker({ SENZA_REPAIRS: 'off' });
    const since = await lizzy.calls('UpdateStack', 'bare-1');
    expect(await rollBack('bare')).toMatchObject({
      status: 'failed',
      error: { code: 'traffic_refused', detail: expect.stringContaining('SENZA_REPAIRS') },
    });
    expect(await lizzy.calls('UpdateStack', 'bare-1')).toBe(since);
  });
});
