import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startValkey } from '../../local/services/valkey.js';
import { TokenBucket, closeRedis, connectRedis, keyspace, type Rate, type Redis } from './index.js';

describe('TokenBucket', () => {
  let valkey: Awaited<ReturnType<typeof startValkey>>;
  let redis: Redis;
  let family: string;

  function bucket(rate: Rate, rates: Record<string, Rate> = {}): TokenBucket {
    return new TokenBucket({ redis, keys: keyspace('spec'), family, rate, rates });
  }

  async function milliseconds(work: () => Promise<unknown>): Promise<number> {
    const begin = performance.now();
    await work();
    return performance.now() - begin;
  }

  beforeAll(async () => {
    valkey = await startValkey();
    redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'spec', onError: () => undefined });
  });

  beforeEach(() => {
    family = randomUUID();
  });

  afterAll(async () => {
    await closeRedis(redis);
    await valkey.stop();
  });

  it('lets a burst through at once and the rest at its rate, for all who share it together', async () => {
    const [one, other] = [bucket({ perSecond: 20, burst: 10 }), bucket({ perSecond: 20, burst: 10 })];
    // Ten at once, ten more at twenty per second.
    const took = await milliseconds(() =>
      Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).acquire('eu', 1))),
    );
    expect(took).toBeGreaterThan(400);
  });

  it('grants at once or not at all to a caller that does not wait, and keeps a reserve for others', async () => {
    const calls = bucket({ perSecond: 0.001, burst: 5 });
    const taken = [];
    for (let turn = 0; turn < 4; turn += 1) taken.push(await calls.tryAcquire('eu', 1, 2));
    expect(taken).toEqual([true, true, true, false]);
    expect([await calls.tryAcquire('eu', 2), await calls.tryAcquire('eu', 1)]).toEqual([true, false]);
  });

  it('serves in the order of asking', async () => {
    const budget = bucket({ perSecond: 50, burst: 1 });
    const served: number[] = [];
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (index) => {
        await budget.acquire('eu', 1);
        served.push(index);
      }),
    );
    expect(served).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps scopes apart and gives each its own rate', async () => {
    const budget = bucket({ perSecond: 0.001, burst: 1 }, { route53: { perSecond: 1_000, burst: 100 } });
    await budget.acquire('eu', 1);
    // At the rate of the other scope they would take longer than the test may.
    await budget.acquire('us', 1);
    await budget.acquire('route53', 150);
  });

  it('returns the tokens of a caller that stops waiting', async () => {
    const budget = bucket({ perSecond: 0.001, burst: 2 });
    await budget.acquire('eu', 1);
    const leaving = new AbortController();
    const left = budget.acquire('eu', 2, leaving.signal);
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    // The second token of the burst is available again; another one would take longer than the test may.
    await budget.acquire('eu', 1);
  });

  it('is slower after a penalty', async () => {
    const budget = bucket({ perSecond: 20, burst: 1 });
    await budget.acquire('eu', 1);
    expect(await budget.slowDown('eu')).toBe(0.5);
    // Answers that were throttled together count once.
    expect(await budget.slowDown('eu')).toBe(0.5);
    // Ten calls take half a second without the penalty.
    expect(await milliseconds(() => budget.acquire('eu', 10))).toBeGreaterThan(800);
  });
});
