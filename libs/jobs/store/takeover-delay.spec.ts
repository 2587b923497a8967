import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from './job-store.fixture.js';
import { redisReady } from '#redis';
import { TakeoverDelay } from './takeover-delay.js';
import { until } from '../../../local/services/until.js';

describe('TakeoverDelay', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('does not delay a worker that has just started', async () => {
    const redis = fixture.connect();
    const delay = new TakeoverDelay(redis);
    await redisReady(redis, 5_000);
    expect(delay.leftMs).toBe(0);
  });

  it('delays while Redis is unavailable and for some seconds after', async () => {
    const redis = fixture.connect();
    const delay = new TakeoverDelay(redis);
    await redisReady(redis, 5_000);
    // It connects again after some milliseconds.
    const atClose = new Promise((resolve) => {
      redis.once('close', () => {
        resolve(delay.leftMs);
      });
    });
    await fixture.redis.client('KILL', 'ID', await redis.client('ID'));

    expect(await atClose).toBe(5_000);
    await redisReady(redis, 5_000);
    expect(delay.leftMs).toBeGreaterThan(0);
    await until('the end of the delay', () => delay.leftMs === 0);
  });
});
