import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { startValkey } from '../../local/services/valkey.js';
import { until } from '../../local/services/index.js';
import { closeRedis, connectRedis, keyspace, type Redis, SharedCounts } from './index.js';

describe('SharedCounts', () => {
  let valkey: Awaited<ReturnType<typeof startValkey>>;
  let redis: Redis;
  let family: string;
  const keys = keyspace('spec');

  const limits = { ofClient: 3, inAll: 5 };
  const ofProcess = (): SharedCounts => new SharedCounts({ redis, keys, family, limits });

  beforeAll(async () => {
    valkey = await startValkey();
    redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'spec', onError: () => undefined });
  });

  beforeEach(() => {
    family = randomUUID();
  });

  afterEach(async () => {
    await redis.config('SET', 'maxmemory', '0');
  });

  afterAll(async () => {
    await closeRedis(redis);
    await valkey.stop();
  });

  it('limits a client, and all clients, over all processes', async () => {
    const [first, second] = [ofProcess(), ofProcess()];
    expect([await first.add('anna'), await second.add('anna'), await first.add('anna')]).toEqual([null, null, null]);
    expect([await first.add('anna'), await second.add('anna')]).toEqual(['of_client', 'of_client']);
    expect([await second.add('bert'), await first.add('carl')]).toEqual([null, null]);
    expect([await first.add('dora'), await second.add('bert')]).toEqual(['in_all', 'in_all']);
  });

  it('never exceeds a limit when calls arrive together, and forgets those that were refused', async () => {
    const processes = [ofProcess(), ofProcess(), ofProcess()];
    const replies = await Promise.all(
      processes.flatMap((each) => ['anna', 'bert', 'carl'].map((client) => each.add(client))),
    );
    expect(replies.filter((reply) => reply === null)).toHaveLength(limits.inAll);
    const added = replies.flatMap((reply, index) => (reply === null ? [index] : []));
    for (const index of added) processes[Math.floor(index / 3)]?.remove(['anna', 'bert', 'carl'][index % 3] ?? '');
    const other = ofProcess();
    for (const client of ['anna', 'anna', 'anna', 'bert', 'bert'])
      await until('room', async () => (await other.add(client)) === null);
  });

  it('makes room when something has ended, at every process', async () => {
    const [first, second] = [ofProcess(), ofProcess()];
    await Promise.all([first.add('anna'), first.add('anna'), first.add('anna')]);
    expect(await second.add('anna')).toBe('of_client');
    first.remove('anna');
    await until('room', async () => (await second.add('anna')) === null);
    expect(await second.add('anna')).toBe('of_client');
  });

  it('drops the counts of a process that does not renew them', async () => {
    const [crashed, other] = [ofProcess(), ofProcess()];
    await Promise.all([crashed.add('anna'), crashed.add('anna'), crashed.add('anna')]);
    expect(await other.add('anna')).toBe('of_client');
    const [counts = ''] = (await redis.keys(`*${family}:*`)).filter((key) => key !== keys.key(family));
    expect(await redis.pttl(counts)).toBeGreaterThan(20_000);
    expect(await redis.pttl(counts)).toBeLessThanOrEqual(30_000);
    // Instead of half a minute.
    await redis.pexpire(counts, 1);
    await until('room', async () => (await other.add('anna')) === null);
    expect(await redis.scard(keys.key(family))).toBe(1);
  });

  describe('every ten seconds', () => {
    beforeEach(() => {
      const doNotFake = ['nextTick', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const;
      jest.useFakeTimers({ doNotFake: [...doNotFake, 'Date', 'hrtime', 'performance', 'queueMicrotask'] });
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('writes counts that Redis has lost', async () => {
      const [first, second] = [ofProcess(), ofProcess()];
      await Promise.all([first.add('anna'), first.add('anna'), first.add('anna')]);
      await redis.flushall();
      jest.advanceTimersByTime(10_000);
      expect(await second.add('anna')).toBe('of_client');
    });

    it('writes what has ended while Redis did not accept it', async () => {
      const [first, second] = [ofProcess(), ofProcess()];
      await Promise.all([first.add('anna'), first.add('bert'), first.add('bert'), first.add('bert')]);
      await redis.config('SET', 'maxmemory', '1');
      for (const client of ['anna', 'bert', 'bert', 'bert']) first.remove(client);
      await nextTurn();
      await redis.config('SET', 'maxmemory', '0');
      expect(await second.add('bert')).toBe('of_client');
      jest.advanceTimersByTime(10_000);
      expect(await second.add('bert')).toBeNull();
    });

    it('writes the counts of more than a thousand clients', async () => {
      const many = { ofClient: 1, inAll: 1_200 };
      const crowded = new SharedCounts({ redis, keys, family, limits: many });
      await Promise.all(Array.from({ length: many.inAll }, (_, number) => crowded.add(`user-${number}`)));
      await redis.flushall();
      jest.advanceTimersByTime(10_000);
      const other = new SharedCounts({ redis, keys, family, limits: { ...many, inAll: many.inAll + 1 } });
      expect([await other.add('user-0'), await other.add('user-1199')]).toEqual(['of_client', 'of_client']);
      expect([await other.add('anna'), await other.add('bert')]).toEqual([null, 'in_all']);
    });
  });

  it('begin again when Redis holds no counts but something else', async () => {
    const counts = ofProcess();
    await redis.set(keys.key(family), 'x');
    expect(await counts.add('anna')).toBeNull();
    await redis.sadd(keys.key(family), 'other');
    await redis.hset(keys.key(family, 'other'), '', 'many');
    expect([await counts.add('anna'), await counts.add('anna'), await counts.add('anna')]).toEqual([
      null,
      null,
      'of_client',
    ]);
  });

  it.each([
    ['never end', 0],
    ['end later than those of a process', 3_600_000],
  ])('does not add counts that %s: another program has written them', async (_name, ms) => {
    const foreign = keys.key(family, 'other');
    await redis.sadd(keys.key(family), 'other');
    await redis.hset(foreign, '', '1000000', 'anna', '1000000');
    if (ms > 0) await redis.pexpire(foreign, ms);
    expect(await ofProcess().add('anna')).toBeNull();
  });

  it('adds nothing when Redis fails', async () => {
    const gone = connectRedis({ url: valkey.url, role: 'producer', clientName: 'gone', onError: () => undefined });
    await closeRedis(gone);
    const counts = new SharedCounts({ redis: gone, keys, family, limits });
    for (let call = 0; call <= limits.inAll; call += 1) await expect(counts.add('anna')).rejects.toThrow('closed');
  });

  it('limits each process alone while Redis accepts no changes', async () => {
    const counts = ofProcess();
    await redis.config('SET', 'maxmemory', '1');
    for (let call = 0; call < limits.ofClient; call += 1) expect(await counts.add('anna')).toBeNull();
    expect(await counts.add('anna')).toBe('of_client');
    counts.remove('anna');
    expect(await counts.add('anna')).toBeNull();
  });
});
