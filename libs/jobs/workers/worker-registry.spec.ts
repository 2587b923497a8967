import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { redisNow, timestamp } from '../index.js';
import { StoreFixture } from '../store/job-store.fixture.js';
import { HEARTBEAT_TIMEOUT_MS, WorkerRegistry, type WorkerReport } from './worker-registry.js';

const report = (id: string): WorkerReport => ({
  id,
  version: '3.0.0',
  senza_version: '2.1.143',
  kinds: ['deploy', 'a kind of tomorrow'],
  started_at: timestamp(0),
  host: 'host-1',
  pid: 1,
  running: [],
  unhealthy: null,
  aws_outage: null,
  schema: 1,
  draining: false,
});

describe('WorkerRegistry', () => {
  let fixture: StoreFixture;
  let registry: WorkerRegistry;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
    registry = new WorkerRegistry(fixture.redis, fixture.prefix);
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('lists the workers as they last reported, until they unregister', async () => {
    await registry.report(report('one'));
    await registry.report(report('two'));
    await registry.report({ ...report('one'), draining: true });
    const alive = await registry.listAlive();
    expect(alive).toHaveLength(2);
    expect(alive).toEqual(expect.arrayContaining([report('two'), { ...report('one'), draining: true }]));
    await registry.remove('one');

    expect(await registry.listAlive()).toEqual([report('two')]);
  });

  it('removes a worker that has not reported for too long', async () => {
    const seen = (await redisNow(fixture.redis)) - HEARTBEAT_TIMEOUT_MS - 1;
    const silent = JSON.stringify({ seen, report: report('silent') });
    await fixture.redis.hset(`${fixture.keys.base}workers`, 'silent', silent);

    expect((await registry.listAlive()).map(({ id }) => id)).not.toContain('silent');
    expect(await fixture.redis.hexists(`${fixture.keys.base}workers`, 'silent')).toBe(0);
  });

  it('leaves out a report whose version no header field can have', async () => {
    await registry.report({ ...report('odd'), senza_version: '2.1\n143' });
    expect((await registry.listAlive()).map(({ id }) => id)).not.toContain('odd');
  });

  it('begins again when Redis holds something else in its place', async () => {
    await fixture.redis.set(`${fixture.keys.base}workers`, 'x');
    expect(await registry.listAlive()).toEqual([]);
    await fixture.redis.set(`${fixture.keys.base}workers`, 'x');
    await registry.report(report('new'));
    expect(await registry.listAlive()).toEqual([report('new')]);
  });
});
