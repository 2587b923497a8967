import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { weighted } from '../support/definitions.js';
import { recordsTemplate } from '../support/external-actor.js';
import { REGION } from '../support/test-environment.js';
import { type Shares } from '../support/traffic-shares.js';
import { RollbackTest } from './rollback-test.js';

// The tests are about different applications and run at the same time: they mostly wait.
describe('rolling back the traffic of an application', () => {
  let test: RollbackTest;
  beforeAll(async () => {
    test = await RollbackTest.start();
  });
  afterAll(async () => {
    await test.lizzy.stop();
  });

  it.concurrent('changes no records of a zone that only others use, in any of several domains', async () => {
    const zone = await test.actor.createZone('twin.example.org');
    const inside = await test.actor.createZone('twin.example.org', { PrivateZone: true });
    for (const label of ['a', 'b']) {
      const office = { Name: `${label}.twin.example.org.`, Type: 'A' as const, TTL: 20, SetIdentifier: 'office' };
      const record = { ...office, ResourceRecords: [{ Value: '10.0.0.1' }] };
      await test.actor.createRecordSet(zone, { ...record, Weight: 20 });
      await test.actor.createRecordSet(inside, { ...record, Weight: 100 });
    }
    for (const [version, weight] of [
      ['1', 180],
      ['2', 0],
    ] as const) {
      const shares = ['a.twin', 'b.twin'].map((domain) => ({ domain, weight, zone: 'twin.example.org.' }));
      await test.actor.createStack('twin', version, recordsTemplate('twin', version, shares));
    }
    await test.switchTo('twin', '2', 50);
    expect(await test.rollBack('twin')).toMatchObject({ status: 'succeeded' });
    for (const label of ['a', 'b']) {
      const name = `${label}.twin.example.org.`;
      expect(await test.actor.weightsIn(zone, name)).toEqual({ 'twin-1': 180, 'twin-2': 0, office: 20 });
      expect(await test.actor.weightsIn(inside, name)).toEqual({ office: 100 });
    }
  });

  it.concurrent(
    'restores the weights from before the last change, with an empty body, once per key, and is listed with the application',
    async () => {
      await test.versions('shop', { 1: 100 });
      const { id: last } = await test.lizzy.client.deploy({
        senza_yaml: weighted('shop'),
        stack_version: '2',
        new_traffic: 100,
      });
      await test.lizzy.ended(last);
      const key = { 'idempotency-key': 'once' };
      const progress = await test.rollBack('shop', undefined, key);
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
      expect(await test.weights('shop-1')).toEqual({ shop: { 'shop-1': 100, 'shop-2': 0 } });
      // By now the last change is the rollback itself.
      expect(await test.submit('shop', undefined, key)).toBe(progress.id);
      await expect(test.submit('shop', { to_job: last }, key)).rejects.toThrow('idempotency-key-reused');
      const { status, json } = await test.lizzy.call('GET', '/api/applications/shop');
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
      const list = await test.lizzy.call('GET', `/api/applications?region=${REGION}`);
      expect(list.json).toMatchObject({
        items: expect.arrayContaining([expect.objectContaining({ name: 'shop', versions: 2 })]),
      });
      expect((await test.lizzy.call('GET', '/api/applications/nothing')).status).toBe(404);
    },
  );

  it.concurrent(
    'restores uneven shares of three versions exactly, also those from before an earlier job, with one update of each',
    async () => {
      await test.versions('split', { 1: 33.5, 2: 50, 3: 16.5, 4: 0, 5: 0 });
      const fourth = await test.switchTo('split', '4', 100);
      await test.switchTo('split', '5', 100);
      const since = await test.lizzy.calls('UpdateStack', 'split-2');
      const progress = await test.rollBack('split', { to_job: fourth });
      expect(progress.status).toBe('succeeded');
      expect(await test.weights('split-1')).toEqual({
        split: { 'split-1': 33.5, 'split-2': 50, 'split-3': 16.5, 'split-4': 0, 'split-5': 0 },
      });
      expect(await test.lizzy.calls('UpdateStack', 'split-2')).toBe(since + 1);
    },
  );

  it.concurrent(
    'restores different weights of three domains, and leaves a domain alone that only the new version has',
    async () => {
      const create = async (version: string, shares: Shares): Promise<void> => {
        const records = Object.entries(shares).map(([domain, weight]) => ({ domain, weight }));
        await test.actor.createStack('multi', version, recordsTemplate('multi', version, records));
      };
      await create('1', { 'multi-a': 200, 'multi-b': 60, 'multi-c': 0 });
      await create('2', { 'multi-a': 0, 'multi-b': 140, 'multi-c': 200 });
      await create('3', { 'multi-a': 0, 'multi-b': 0, 'multi-c': 0, 'multi-new': 0 });
      await test.switchTo('multi', '3', 100);
      expect(await test.weights('multi-3')).toMatchObject({
        'multi-a': { 'multi-3': 100 },
        'multi-new': { 'multi-3': 100 },
      });
      expect(await test.rollBack('multi')).toMatchObject({ status: 'succeeded' });
      expect(await test.weights('multi-3')).toEqual({
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
      await test.actor.putRecord('moved', 'legacy', 120);
      await test.versions('moved', { 1: 40, 2: 0 });
      await test.switchTo('moved', '2', 100);
      expect(await test.weights('moved-2')).toEqual({ moved: { 'moved-1': 0, 'moved-2': 100 } });
      expect(await test.rollBack('moved')).toMatchObject({
        status: 'succeeded',
        result: {
          check: { changes: expect.arrayContaining([expect.objectContaining({ identifier: 'legacy', stack: null })]) },
        },
      });
      expect(await test.weights('moved-2')).toEqual({ moved: { legacy: 60, 'moved-1': 40, 'moved-2': 0 } });

      const six = (version: string, a: number, aaaa: number): Promise<void> =>
        test.actor.createStack(
          'six',
          version,
          recordsTemplate('six', version, [
            { domain: 'six', weight: a },
            { domain: 'six', weight: aaaa, type: 'AAAA' },
          ]),
        );
      await six('1', 200, 100);
      await six('2', 0, 100);
      await test.switchTo('six', '2', 100);
      expect(await test.rollBack('six')).toMatchObject({ status: 'succeeded' });
      expect(await test.weights('six-2')).toEqual({
        'six A': { 'six-1': 100, 'six-2': 0 },
        'six AAAA': { 'six-1': 50, 'six-2': 50 },
      });
    },
  );

  it.concurrent('only shows what it would change in a dry run', async () => {
    await test.versions('dry', { 1: 100, 2: 0 });
    await test.switchTo('dry', '2', 30);
    const since = await test.lizzy.calls('UpdateStack', 'dry-1');
    expect(await test.rollBack('dry', { dry_run: true })).toMatchObject({
      status: 'succeeded',
      steps: [{ name: 'check', message: expect.stringContaining('dry-1 70 -> 100 %') }],
      result: {
        check: { changes: [{ identifier: 'dry-1' }, { identifier: 'dry-2', weight_before: 30, weight_after: 0 }] },
      },
    });
    expect(await test.lizzy.calls('UpdateStack', 'dry-1')).toBe(since);
  });

  it.concurrent(
    'fails before anything is changed when a version cannot be updated or no longer exists, in a dry run too, and names it',
    async () => {
      await test.versions('stuck', { 1: 100, 2: 0 });
      await test.switchTo('stuck', '2', 100);
      await test.lizzy.aws.control.changeStack({ region: REGION, stack: 'stuck-1', status: 'UPDATE_ROLLBACK_FAILED' });
      const since = await test.lizzy.calls('UpdateStack', 'stuck-2');
      for (const body of [{}, { dry_run: true }]) {
        expect(await test.rollBack('stuck', body)).toMatchObject({
          status: 'failed',
          error: {
            code: 'traffic_refused',
            detail: expect.stringContaining('stuck-1 is UPDATE_ROLLBACK_FAILED and cannot be updated'),
          },
        });
      }
      await test.actor.deleteStack('stuck-1');
      await test.lizzy.aws.control.finishPending('stuck-1');
      expect(await test.rollBack('stuck')).toMatchObject({
        status: 'failed',
        error: { code: 'traffic_refused', detail: expect.stringContaining('stuck-1 no longer exists') },
      });
      expect(await test.lizzy.calls('UpdateStack', 'stuck-2')).toBe(since);
    },
  );

  it.concurrent(
    'is rejected when no traffic change is known, the named job made none, or no version had traffic before',
    async () => {
      await test.versions('first', { 1: 0 });
      await test.switchTo('first', '1', 100);
      const rejected = async (name: string, body: object): Promise<number> =>
        (await test.lizzy.call('POST', `/api/applications/${name}/rollback`, { body })).status;
      expect(await rejected('unknown', {})).toBe(404);
      expect(await rejected('first', { to_job: 'x' })).toBe(404);
      expect(await rejected('first', {})).toBe(409);
    },
  );

  // After the others, whose worker it stops.
  it('fails before anything is changed on a worker without the repairs of Senza', async () => {
    await test.versions('bare', { 1: 100, 2: 0 });
    await test.switchTo('bare', '2', 100);
    await test.lizzy.workers.at(-1)?.stop();
    await test.lizzy.addWorker({ SENZA_REPAIRS: 'off' });
    const since = await test.lizzy.calls('UpdateStack', 'bare-1');
    expect(await test.rollBack('bare')).toMatchObject({
      status: 'failed',
      error: { code: 'traffic_refused', detail: expect.stringContaining('SENZA_REPAIRS') },
    });
    expect(await test.lizzy.calls('UpdateStack', 'bare-1')).toBe(since);
  });
});
