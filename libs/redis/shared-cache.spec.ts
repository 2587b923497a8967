import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startValkey } from '../../local/services/valkey.js';
import { SharedCache, closeRedis, connectRedis, keyspace, type Keyspace, type Redis } from './index.js';

const codec = {
  encode: (value: string): string => value,
  decode: (text: string): string => {
    if (text === '' || text === 'unreadable') throw new Error('unreadable');
    return text;
  },
  encodeError: (error: unknown): string => (error instanceof Error ? error.message : 'unknown'),
  decodeError: (text: string): Error => new Error(text),
};

/** A load that counts its calls and ends on command. */
class HeldLoad {
  calls = 0;
  private settle: (outcome: string | Error) => void = () => undefined;
  private begin: () => void = () => undefined;
  readonly started = new Promise<void>((resolve) => {
    this.begin = resolve;
  });
  private readonly ended = new Promise<string | Error>((resolve) => {
    this.settle = resolve;
  });

  readonly load = async (): Promise<string> => {
    this.calls += 1;
    this.begin();
    const outcome = await this.ended;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };

  end(outcome: string | Error): void {
    this.settle(outcome);
  }
}

describe('SharedCache', () => {
  let valkey: Awaited<ReturnType<typeof startValkey>>;
  let connections: Redis[];
  let keys: Keyspace;
  let one: SharedCache<string>;
  let other: SharedCache<string>;

  /** Simulates a process: a cache with a connection and a memory of its own. */
  function createProcess(): SharedCache<string> {
    const redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'spec', onError: () => undefined });
    connections.push(redis);
    return new SharedCache({ redis, keys, family: 'spec', codec });
  }

  async function untilClockIsPast(moment: number): Promise<void> {
    for (;;) {
      const [seconds = 0, microseconds = 0] = (await connections[0]?.time()) ?? [];
      if (seconds * 1_000 + Math.floor(microseconds / 1_000) > moment) return;
    }
  }

  /** Waits until a process polls for the end of another's load. */
  async function untilPolling(): Promise<void> {
    await connections[0]?.config('RESETSTAT');
    for (;;) if ((await connections[0]?.info('commandstats'))?.includes('cmdstat_mget') === true) return;
  }

  beforeAll(async () => {
    valkey = await startValkey();
  });

  beforeEach(() => {
    connections = [];
    keys = keyspace(randomUUID());
    one = createProcess();
    other = createProcess();
  });

  afterEach(async () => {
    await Promise.all(connections.map(closeRedis));
  });

  afterAll(async () => {
    await valkey.stop();
  });

  it('loads once for concurrent callers in all processes', async () => {
    const held = new HeldLoad();
    const asked = [one, other, one, other].map((shared) => shared.get('eu', { maxAgeMs: 60_000 }, held.load));
    await held.started;
    held.end('listing');
    const answers = await Promise.all(asked);
    expect(answers.map(({ value }) => value)).toEqual(['listing', 'listing', 'listing', 'listing']);
    expect(held.calls).toBe(1);
    expect((await other.get('eu', { maxAgeMs: 60_000 }, held.load)).value).toBe('listing');
    expect(held.calls).toBe(1);
  });

  it.each(['unreadable', null])('loads again when the value in Redis cannot be read: %p', async (data) => {
    const time = '99999999999999';
    const fields = { id: 'x', version: '0', started_at: time, ...(data === null ? {} : { data }) };
    await connections[0]?.hset(keys.key('spec', 'eu', 'entry'), fields);
    const asked = [one, other].map((each) => each.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('listing')));
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(['listing', 'listing']);
  });

  it('limits how long a lock is waited for that would never end', async () => {
    const lock = keys.key('spec', 'eu', 'lock');
    await connections[0]?.set(lock, 'x');
    const asked = one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('listing'));
    await untilPolling();
    expect(await connections[1]?.pttl(lock)).toBeGreaterThan(0);
    await connections[1]?.del(lock);
    expect((await asked).value).toBe('listing');
  });

  it('loads each name separately', async () => {
    await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('eu'));
    expect((await one.get('us', { maxAgeMs: 60_000 }, () => Promise.resolve('us'))).value).toBe('us');
  });

  it('returns nothing that was loaded before an invalidation by any process', async () => {
    await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('before'));
    await other.invalidate('eu');
    const { value } = await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('after'));
    expect(value).toBe('after');
  });

  it.each([
    ['a version that is no number', (redis: Redis, key: (part: string) => string) => redis.set(key('version'), 'x')],
    ['an entry of another type', (redis: Redis, key: (part: string) => string) => redis.set(key('entry'), 'x')],
    [
      'an entry without its start',
      (redis: Redis, key: (part: string) => string) => redis.hset(key('entry'), 'id', 'x'),
    ],
  ])('loads again and can be invalidated when Redis holds %s', async (_, damage) => {
    const [redis] = connections;
    if (redis === undefined) throw new Error('no connection');
    const damaged = (): Promise<unknown> => damage(redis, (part) => keys.key('spec', 'eu', part));
    await damaged();
    expect((await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('new'))).value).toBe('new');
    await redis.del(keys.key('spec', 'eu', 'entry'));
    await damaged();
    await other.invalidate('eu');
    expect((await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('newer'))).value).toBe('newer');
  });

  it('returns a value from before an invalidation to callers that accept it', async () => {
    const before = await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('before'));
    await other.invalidate('eu');
    const freshness = { maxAgeMs: 60_000, minStartedAt: before.startedAt, ignoreInvalidation: true };
    expect(await one.get('eu', freshness, () => Promise.resolve('after'))).toEqual(before);
    const later = { ...freshness, minStartedAt: before.startedAt + 1 };
    expect((await one.get('eu', later, () => Promise.resolve('after'))).value).toBe('after');
  });

  it('does not return a load to others that was invalidated while it ran', async () => {
    const stale = new HeldLoad();
    const first = one.get('eu', { maxAgeMs: 60_000 }, stale.load);
    await stale.started;
    await other.invalidate('eu');
    const second = other.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('fresh'));
    stale.end('stale');
    expect((await first).value).toBe('stale');
    expect((await second).value).toBe('fresh');
  });

  it('loads again when the value is too old or its load started too early', async () => {
    const { startedAt } = await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('1'));
    const second = await one.get('eu', { maxAgeMs: 60_000, minStartedAt: startedAt + 1 }, () => Promise.resolve('2'));
    expect(second.value).toBe('2');
    await untilClockIsPast(second.startedAt);
    expect((await one.get('eu', { maxAgeMs: 0 }, () => Promise.resolve('3'))).value).toBe('3');
  });

  it('shares an error with the callers that wait for that load, but does not cache it', async () => {
    const held = new HeldLoad();
    const first = one.get('eu', { maxAgeMs: 0 }, held.load);
    await held.started;
    const second = other.get('eu', { maxAgeMs: 60_000, minStartedAt: 1 }, () => Promise.resolve('unused'));
    await untilPolling();
    held.end(new Error('throttled'));
    await expect(first).rejects.toThrow('throttled');
    await expect(second).rejects.toThrow('throttled');
    expect((await other.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('later'))).value).toBe('later');
  });

  it('loads in another process when the one that loads crashes', async () => {
    const dying = new HeldLoad();
    void one.get('eu', { maxAgeMs: 60_000 }, dying.load).catch(() => undefined);
    await dying.started;
    connections[0]?.disconnect();
    expect((await other.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('taken over'))).value).toBe('taken over');
    dying.end(new Error('dead'));
  });

  it('does not replace a newer value with a late load', async () => {
    const frozen = new HeldLoad();
    const late = one.get('eu', { maxAgeMs: 60_000 }, frozen.load);
    await frozen.started;
    // As if this process had been suspended until its lock expired.
    await connections[0]?.del(keys.key('spec', 'eu', 'lock'));
    await other.invalidate('eu');
    const newer = await other.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('newer'));
    frozen.end('older');
    await late;
    const third = createProcess();
    expect(await third.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('unused'))).toEqual(newer);
  });

  it('stops waiting when the signal aborts, and continues the load for the others', async () => {
    const held = new HeldLoad();
    const leaving = new AbortController();
    const left = one.get('eu', { maxAgeMs: 60_000 }, held.load, leaving.signal);
    await held.started;
    const staying = other.get('eu', { maxAgeMs: 60_000 }, held.load);
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    held.end('listing');
    expect((await staying).value).toBe('listing');
  });
});
