import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isRedisUnavailable } from '#redis';
import { StoreFixture } from './job-store.fixture.js';
import { IdempotencyKeys } from './idempotency-keys.js';

describe('an idempotency key', () => {
  let fixture: StoreFixture;
  let keys: IdempotencyKeys;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
    keys = new IdempotencyKeys(fixture.redis, fixture.keys);
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('stands for a request, for a day', async () => {
    await keys.remember('digest', { id: 'j1', fingerprint: 'f1' });
    expect(await keys.recall('digest')).toEqual({ id: 'j1', fingerprint: 'f1' });
    const seconds = await fixture.redis.ttl(fixture.keys.idempotency('digest'));
    expect([seconds > 86_000, seconds <= 86_400]).toEqual([true, true]);
    expect(await keys.recall('other')).toBeNull();
  });

  it('that a full Redis does not take is an outage, not a defect', async () => {
    await fixture.redis.config('SET', 'maxmemory', '1');
    const error: unknown = await keys.remember('full', { id: 'j1', fingerprint: 'f1' }).catch((why: unknown) => why);
    await fixture.redis.config('SET', 'maxmemory', '0');
    expect(isRedisUnavailable(error)).toBe(true);
  });
});
