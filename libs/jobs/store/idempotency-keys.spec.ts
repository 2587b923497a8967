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

  it('returns the first request, for a day', async () => {
    expect(await keys.remember('digest', { id: 'j1', fingerprint: 'f1' })).toBeNull();
    expect(await keys.remember('digest', { id: 'j2', fingerprint: 'f2' })).toEqual({ id: 'j1', fingerprint: 'f1' });
    const seconds = await fixture.redis.ttl(fixture.keys.idempotency('digest'));
    expect([seconds > 86_000, seconds <= 86_400]).toEqual([true, true]);
  });

  it('that a full Redis does not accept is an outage, not a defect', async () => {
    await fixture.redis.config('SET', 'maxmemory', '1');
    const error: unknown = await keys.remember('full', { id: 'j1', fingerprint: 'f1' }).catch((why: unknown) => why);
    await fixture.redis.config('SET', 'maxmemory', '0');
    expect(isRedisUnavailable(error)).toBe(true);
  });
});
