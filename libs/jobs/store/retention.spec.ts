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
});
