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

  it('allows a burst at once and the rest at its rate, in total for all processes', async () => {
    const slow = { perSecond: 0.001, burst: 10 };
    const buckets = [bucket(slow), bucket(slow)];
    await Promise.all(buckets.map((each) => each.acquire('eu', 5)));
    expect(await Promise.all(buckets.map((each) => each.tryAcquire('eu', 1)))).toEqual([false, false]);
    await bucket({ perSecond: 100, burst: 10 }).acquire('eu', 10);
  });

  it('grants at once or not at all to a caller that does not wait, and keeps a reserve for others', async () => {
    const calls = bucket({ perSecond: 0.001, burst: 5 });
    const taken = [];
    for (let turn = 0; turn < 4; turn += 1) taken.push(await calls.tryAcquire('eu', 1, 2));
    expect(taken).toEqual([true, true, true, false]);
    expect([await calls.tryAcquire('eu', 2), await calls.tryAcquire('eu', 1)]).toEqual([true, false]);
  });

  it('serves in the order of asking', async () => {
    // 200 ms apart: timers that a busy machine fires late still fire in their order.
    const budget = bucket({ perSecond: 5, burst: 1 });
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

  it('lets a caller stop waiting also while Redis does not respond', async () => {
    const budget = bucket({ perSecond: 0.001, burst: 1 });
    const leaving = new AbortController();
    const left = budget.acquire('eu', 2, leaving.signal);
    await redis.ping();
    let isLost = false;
    redis.once('close', () => (isLost = true));
    redis.stream.pause();
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    // The client waits 20 s for a reply before it connects again.
    expect(isLost).toBe(false);
    redis.stream.resume();
    await budget.acquire('eu', 1);
  });

  it.each([
    ['is no hash', ['SET', 'x']],
    ['has no numbers', ['HSET', 'tokens', 'many']],
    ['is not a number', ['HSET', 'tokens', 'nan']],
    ['is a debt without end', ['HSET', 'tokens', '-1e12', 'at', '0']],
    ['is of a time to come', ['HSET', 'tokens', '0', 'at', '9e15']],
  ])('starts again when what Redis holds of a scope %s: all jobs share it', async (_, [command = '', ...values]) => {
    await redis.call(command, keyspace('spec').key(family, 'eu'), ...values);
    const budget = bucket({ perSecond: 0.001, burst: 2 });
    await budget.acquire('eu', 1);
    expect([await budget.tryAcquire('eu', 1), await budget.tryAcquire('eu', 1)]).toEqual([true, false]);
  });

  it.each([
    ['no rate at all', ['factor', '0', 'slow_until', 'soon']],
    ['a negative rate', ['factor', '-1', 'slow_until', 'soon']],
    ['a penalty without end', ['factor', '1e-9', 'slow_until', '9e15']],
  ])('ignores a penalty that no answer of AWS has caused: %s', async (_, values) => {
    const soon = String(Date.now() + 20_000);
    await redis.hset(
      keyspace('spec').key(family, 'eu'),
      ...values.map((value) => (value === 'soon' ? soon : value)),
      'slowed_down_at',
      '9e15',
    );
    const budget = bucket({ perSecond: 1_000, burst: 1 });
    // At another rate it would take longer than the test may.
    await budget.acquire('eu', 50);
    expect(await budget.slowDown('eu')).toBeLessThan(1);
  });

  it('is slower after a penalty', async () => {
    const budget = bucket({ perSecond: 20, burst: 1 });
    // Answers that were throttled together count once.
    expect(await Promise.all([budget.slowDown('eu'), budget.slowDown('eu')])).toEqual([0.5, 0.5]);
    const served: string[] = [];
    const tenCalls = async (scope: string): Promise<void> => {
      await budget.acquire(scope, 10);
      served.push(scope);
    };
    await Promise.all(['eu', 'us'].map(tenCalls));
    expect(served).toEqual(['us', 'eu']);
  });
});
