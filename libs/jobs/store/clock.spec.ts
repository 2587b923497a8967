import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from './job-store.fixture.js';
import { redisNow } from './clock.js';
import { StoreAge } from './clock.js';

describe('StoreAge', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('is the moment of the first question, for all who ask, until the store is emptied', async () => {
    const before = await redisNow(fixture.redis);
    const first = await new StoreAge(fixture.redis, fixture.keys).since();
    expect(Date.parse(first)).toBeGreaterThanOrEqual(before);
    expect(await new StoreAge(fixture.connect(), fixture.keys).since()).toBe(first);
    await fixture.redis.flushall();
    expect(Date.parse(await new StoreAge(fixture.redis, fixture.keys).since())).toBeGreaterThan(Date.parse(first));
  });
});
