import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { startValkey } from '../../local/services/valkey.js';
import { SharedValue, closeRedis, connectRedis, keyspace, type Keyspace, type Redis } from './index.js';

const codec = {
  encode: (value: string): string => value,
  decode: (text: string): string => text,
  encodeError: (error: unknown): string => (error instanceof Error ? error.message : 'unknown'),
  decodeError: (text: string): Error => new Error(text),
};

/** A load that counts its calls and ends when it is told to. */
class HeldLoad {
  calls = 0;
  private settle: (outcome: string | Error) => void = () => undefined;
  private begin: () => void = () => undefined;
  readonly begun = new Promise<void>((resolve) => {
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

describe('SharedValue', () => {
  let valkey: Awaited<ReturnType<typeof startValkey>>;
  let connections: Redis[];
  let keys: Keyspace;
  let one: SharedValue<string>;
  let other: SharedValue<string>;

  /** Stands for a process: it has a connection and a memory of its own. */
  function processLike(): SharedValue<string> {
    const redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'spec', onError: () => undefined });
    connections.push(redis);
    return new SharedValue({ redis, keys, family: 'spec', codec });
  }

  async function untilClockIsPast(moment: number): Promise<void> {
    for (;;) {
      const [seconds = 0, microseconds = 0] = (await connections[0]?.time()) ?? [];
      if (seconds * 1_000 + Math.floor(microseconds / 1_000) > moment) return;
    }
  }

  /** Until this process asks whether the load of another has ended. */
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
    one = processLike();
    other = processLike();
  });

  afterEach(async () => {
    await Promise.all(connections.map(closeRedis));
  });

  afterAll(async () => {
    await valkey.stop();
  });

  it('loads once for all who ask at the same time, in all processes', async () => {
    const held = new HeldLoad();
    const asked = [one, other, one, other].map((shared) => shared.get('eu', { maxAgeMs: 60_000 }, held.load));
    await held.begun;
    held.end('listing');
    const answers = await Promise.all(asked);
    expect(answers.map(({ value }) => value)).toEqual(['listing', 'listing', 'listing', 'listing']);
    expect(held.calls).toBe(1);
    expect((await other.get('eu', { maxAgeMs: 60_000 }, held.load)).value).toBe('listing');
    expect(held.calls).toBe(1);
  });

  it('loads for each name by itself', async () => {
    await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('eu'));
    expect((await one.get('us', { maxAgeMs: 60_000 }, () => Promise.resolve('us'))).value).toBe('us');
  });

  it('gives nothing that was loaded before a change, whichever process has made it', async () => {
    await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('before'));
    const changedAt = await other.markChanged('eu');
    const { value, startedAt } = await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('after'));
    expect(value).toBe('after');
    expect(startedAt).toBeGreaterThan(changedAt);
  });

  it('gives what is from before a change to whom that will do', async () => {
    const before = await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('before'));
    await other.markChanged('eu');
    const freshness = { maxAgeMs: 60_000, notBefore: before.startedAt, evenIfChanged: true };
    expect(await one.get('eu', freshness, () => Promise.resolve('after'))).toEqual(before);
    const later = { ...freshness, notBefore: before.startedAt + 1 };
    expect((await one.get('eu', later, () => Promise.resolve('after'))).value).toBe('after');
  });

  it('does not take a load that a change has overtaken', async () => {
    const stale = new HeldLoad();
    const first = one.get('eu', { maxAgeMs: 60_000 }, stale.load);
    await stale.begun;
    await other.markChanged('eu');
    const second = other.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('fresh'));
    stale.end('stale');
    expect((await first).value).toBe('stale');
    expect((await second).value).toBe('fresh');
  });

  it('asks again when the value is older than wanted, or than a moment that the caller names', async () => {
    const { startedAt } = await one.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('1'));
    const second = await one.get('eu', { maxAgeMs: 60_000, notBefore: startedAt + 1 }, () => Promise.resolve('2'));
    expect(second.value).toBe('2');
    await untilClockIsPast(second.startedAt);
    expect((await one.get('eu', { maxAgeMs: 0 }, () => Promise.resolve('3'))).value).toBe('3');
  });

  it('shares a failure with those who wait for that load, and keeps it from those who come later', async () => {
    const held = new HeldLoad();
    const first = one.get('eu', { maxAgeMs: 0 }, held.load);
    await held.begun;
    const second = other.get('eu', { maxAgeMs: 60_000, notBefore: 1 }, () => Promise.resolve('unused'));
    await untilPolling();
    held.end(new Error('throttled'));
    await expect(first).rejects.toThrow('throttled');
    await expect(second).rejects.toThrow('throttled');
    expect((await other.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('later'))).value).toBe('later');
  });

  it('loads in another process when the one that loads has died', async () => {
    const dying = new HeldLoad();
    void one.get('eu', { maxAgeMs: 60_000 }, dying.load).catch(() => undefined);
    await dying.begun;
    connections[0]?.disconnect();
    expect((await other.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('taken over'))).value).toBe('taken over');
    dying.end(new Error('dead'));
  });

  it('does not let a load that ends late replace a newer value', async () => {
    const frozen = new HeldLoad();
    const late = one.get('eu', { maxAgeMs: 60_000 }, frozen.load);
    await frozen.begun;
    // As if this process had been stopped until its flight was given to another.
    await connections[0]?.del(keys.key('spec', 'eu', 'flight'));
    await other.markChanged('eu');
    const newer = await other.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('newer'));
    frozen.end('older');
    await late;
    const third = processLike();
    expect(await third.get('eu', { maxAgeMs: 60_000 }, () => Promise.resolve('unused'))).toEqual(newer);
  });

  it('lets a caller go who does not want to wait any more, and goes on for the others', async () => {
    const held = new HeldLoad();
    const leaving = new AbortController();
    const left = one.get('eu', { maxAgeMs: 60_000 }, held.load, leaving.signal);
    await held.begun;
    const staying = other.get('eu', { maxAgeMs: 60_000 }, held.load);
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    held.end('listing');
    expect((await staying).value).toBe('listing');
  });
});
