import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../store/job-store.fixture.js';
import { redisNow } from './clock.js';
import { StoreEpoch } from './clock.js';

describe('StoreEpoch', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('is the time of the first read, for all processes, until the store is emptied', async () => {
    const before = await redisNow(fixture.redis);
    const first = await new StoreEpoch(fixture.redis, fixture.keys).createdAt();
    expect(Date.parse(first)).toBeGreaterThanOrEqual(before);
    expect(await new StoreEpoch(fixture.connect(), fixture.keys).createdAt()).toBe(first);
    await fixture.redis.flushall();
    expect(Date.parse(await new StoreEpoch(fixture.redis, fixture.keys).createdAt())).toBeGreaterThan(
      Date.parse(first),
    );
  });

  it.each([
    ['a text', 'x'],
    ['a time that does not exist', '99999999999999999999'],
  ])('begins again when another program has written %s', async (_name, value) => {
    const before = await redisNow(fixture.redis);
    await fixture.redis.set(fixture.keys.since, value);
    expect(Date.parse(await new StoreEpoch(fixture.redis, fixture.keys).createdAt())).toBeGreaterThanOrEqual(before);
  });
});
