import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreFixture } from './job-store.fixture.js';
import { Retention, type RetentionLimits } from './retention.js';

const DAY_MS = 24 * 3600 * 1000;

describe('the retention of the history', () => {
  let fixture: StoreFixture;
  beforeEach(async () => {
    fixture = await StoreFixture.start();
  });
  afterEach(async () => {
    await fixture.stop();
  });

  const retention = (limits: Partial<RetentionLimits>): Retention =>
    new Retention(fixture.redis, fixture.keys, (ids) => fixture.store.getMany(ids), {
      days: 90,
      maxJobs: 1_000,
      ...limits,
    });
  const signal = new AbortController().signal;

  async function submitted(version: string): Promise<string> {
    return (await fixture.submit({ version, commit: `commit-${version}` })).id;
  }

  async function finished(version: string, daysAgo: number): Promise<string> {
    const id = await submitted(version);
    const claim = await fixture.claim(id);
    await claim.log([{ source: 'agent', step: null, text: 'a line' }]);
    const finished_at = new Date(Date.now() - daysAgo * DAY_MS).toISOString();
    await claim.finish({ ...claim.job.progress, status: 'succeeded', waiting_for: null, finished_at });
    return id;
  }

  const versions = async (): Promise<string[]> =>
    (await fixture.store.history.page({ limit: 100 })).items.map(({ submission }) => submission.stack_version);

  it('drops finished jobs that are too old, with everything that belongs to them', async () => {
    const unfinished = await submitted('open');
    const old = await finished('old', 91);
    await finished('young', 89);

    expect(await retention({ days: 90 }).run(signal)).toBe(1);

    expect(await versions()).toEqual(['young', 'open']);
    expect(await fixture.store.history.pageWithCount({ limit: 1 })).toMatchObject({ count: 2, isExact: true });
    expect(await fixture.store.get(unfinished)).not.toBeNull();
    const keys = await fixture.redis.keys('*');
    expect(keys.filter((key) => key.includes(old) || key.includes('commit-old'))).toEqual([]);
  });

  it('drops the jobs that finished first when there are too many, and never an unfinished one', async () => {
    await submitted('open');
    for (const version of ['a', 'b', 'c', 'd']) await finished(version, 0);
    expect(await retention({ maxJobs: 3 }).run(signal)).toBe(2);
    expect(await versions()).toEqual(['d', 'c', 'open']);
    expect(await retention({ maxJobs: 1 }).run(signal)).toBe(2);
    expect(await retention({ maxJobs: 1 }).run(signal)).toBe(0);
    expect(await versions()).toEqual(['open']);
    expect(await fixture.redis.get(fixture.keys.size)).toBe('1');
  });

  it('leaves nothing behind when every job was dropped', async () => {
    for (const version of ['a', 'b']) await finished(version, 2);
    expect(await retention({ days: 1 }).run(signal)).toBe(2);
    const keys = await fixture.redis.keys('*');
    expect(keys.filter((key) => key.includes(':index:'))).toEqual([]);
    await finished('c', 0);
    expect(await versions()).toEqual(['c']);
  });

  it('counts jobs that cannot be read, or that Redis has lost, no longer once they were dropped, nor keeps their tables', async () => {
    const { redis, keys, store } = fixture;
    await redis.hset(keys.job(await finished('damaged', 2)), 'finished', 'garbage');
    await redis.del(keys.job(await finished('lost', 2)));
    // As after 20,000 other jobs.
    await redis.mset(keys.position('submitted'), 20_000, keys.position('finished'), 20_000);
    await finished('young', 0);
    expect(await retention({ days: 1 }).run(signal)).toBe(2);
    expect(await retention({ days: 1 }).run(signal)).toBe(0);
    expect(await store.history.pageWithCount({ limit: 1 })).toMatchObject({ count: 1, isExact: true });
    expect(await redis.get(keys.size)).toBe('1');
    expect(await redis.exists(`${keys.jobTable('submitted')}0`, `${keys.jobTable('finished')}0`)).toBe(0);
  });

  it('removes the name of a stack with its last job', async () => {
    const { store } = fixture;
    const submit = async (stack: string, version: string): Promise<void> => {
      const claim = await fixture.claim((await fixture.submit({ stack, version })).id);
      const finished_at = new Date().toISOString();
      await claim.finish({ ...claim.job.progress, status: 'succeeded', waiting_for: null, finished_at });
    };
    await submit('shop-api', 'v1');
    await submit('shop-web', 'v1');
    await submit('shop-api', 'v2');
    expect(await store.history.resolve({ stack_name_contains: 'SHOP' })).toEqual({
      stack_name: ['shop-api', 'shop-web'],
    });
    await retention({ maxJobs: 1 }).run(signal);
    expect(await store.history.resolve({ stack_name_contains: 'shop' })).toEqual({ stack_name: ['shop-api'] });
  });

  it('drops jobs also from what a process keeps in memory of the history', async () => {
    const { redis, keys, store } = fixture;
    for (const version of ['a', 'b', 'c']) await finished(version, 0);
    const running = await fixture.claim(await submitted('d'));
    // As after 40,000 other jobs: the chunk of these jobs is complete.
    await redis.mset(keys.position('submitted'), 40_000, keys.position('finished'), 40_000);
    const found = async (status: string): Promise<[number, string[]]> => {
      const filter = { status: [status], kind: ['deploy'] };
      const page = await store.history.pageWithCount({ filter, limit: 100 });
      return [page.count, page.items.map(({ submission }) => submission.stack_version)];
    };
    expect(await found('succeeded')).toEqual([3, ['c', 'b', 'a']]);
    const finished_at = new Date().toISOString();
    await running.finish({ ...running.job.progress, status: 'succeeded', waiting_for: null, finished_at });
    expect(await found('succeeded')).toEqual([4, ['d', 'c', 'b', 'a']]);
    expect(await found('queued')).toEqual([0, []]);
    await retention({ maxJobs: 2 }).run(signal);
    expect(await found('succeeded')).toEqual([2, ['d', 'c']]);
  });
});
