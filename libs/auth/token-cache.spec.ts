import { describe, expect, it } from '@jest/globals';
import { INVALID_FOR_MS, STALE_FOR_MS, TokenCache, VALID_FOR_MS } from './token-cache.js';
import { type TokenInfo, TokenServiceUnavailableError } from './token-info.client.js';

const robot: TokenInfo = { uid: 'robot', scopes: ['deploy'], realm: null, clientId: null, expiresInSeconds: 3600 };

/** A cache in front of a fake token service, and a fake clock. */
class Scenario {
  response: TokenInfo | null | 'unavailable' = robot;
  requests = 0;
  running = 0;
  maxRunning = 0;
  private ms = 1_000;
  private held: Promise<TokenInfo | null> | null = null;
  readonly cache = new TokenCache({ lookUp: () => this.lookUp() }, () => this.ms);

  advance(ms: number): void {
    this.ms += ms;
  }

  /** Lets the next look-up wait until it is released. */
  holdNext(): { release(info: TokenInfo | null): void } {
    let release: (info: TokenInfo | null) => void = () => undefined;
    this.held = new Promise((resolve) => (release = resolve));
    return { release };
  }

  private async lookUp(): Promise<TokenInfo | null> {
    const { held } = this;
    this.held = null;
    if (held !== null) return await held;
    this.requests += 1;
    this.running += 1;
    this.maxRunning = Math.max(this.maxRunning, this.running);
    await new Promise((resolve) => setImmediate(resolve));
    this.running -= 1;
    if (this.response === 'unavailable') throw new TokenServiceUnavailableError('no response');
    return this.response;
  }
}

describe('TokenCache', () => {
  it('looks a token up once for concurrent requests, and again after a minute', async () => {
    const scenario = new Scenario();
    const all = await Promise.all(Array.from({ length: 5 }, () => scenario.cache.verify('t')));
    for (const each of all) expect(each).toMatchObject({ info: robot, isStale: false });
    await scenario.cache.verify('t');
    expect(scenario.requests).toBe(1);
    scenario.advance(VALID_FOR_MS + 1);
    expect(await scenario.cache.verify('t')).toMatchObject({ isStale: false });
    expect(scenario.requests).toBe(2);
  });

  it('waits a short time only for a look-up after one has failed, until one is answered', async () => {
    const scenario = new Scenario();
    await scenario.cache.verify('known');
    scenario.response = 'unavailable';
    await expect(scenario.cache.verify('first')).rejects.toBeInstanceOf(TokenServiceUnavailableError);
    scenario.response = robot;
    const late = scenario.holdNext();
    await expect(scenario.cache.verify('new')).rejects.toBeInstanceOf(TokenServiceUnavailableError);
    scenario.advance(VALID_FOR_MS + 1);
    scenario.holdNext();
    expect(await scenario.cache.verify('known')).toMatchObject({ isStale: true });
    late.release(robot);
    expect(await scenario.cache.verify('new')).toMatchObject({ info: robot });
    expect(scenario.cache.outage).toBeNull();
  });

  it('rejects a token after its expiry, even while the token service is unavailable', async () => {
    const scenario = new Scenario();
    scenario.response = { ...robot, expiresInSeconds: 10 };
    await scenario.cache.verify('t');
    scenario.advance(10_001);
    scenario.response = 'unavailable';
    await expect(scenario.cache.verify('t')).rejects.toBeInstanceOf(TokenServiceUnavailableError);
  });

  it('caches an invalid token for some seconds only', async () => {
    const scenario = new Scenario();
    scenario.response = null;
    expect(await scenario.cache.verify('t')).toBeNull();
    scenario.response = robot;
    expect(await scenario.cache.verify('t')).toBeNull();
    scenario.advance(INVALID_FOR_MS + 1);
    expect(await scenario.cache.verify('t')).toMatchObject({ info: robot });
  });

  it('marks a known token as stale while the token service is unavailable, for ten minutes', async () => {
    const scenario = new Scenario();
    await scenario.cache.verify('known');
    scenario.response = 'unavailable';
    scenario.advance(STALE_FOR_MS - 1);
    expect(await scenario.cache.verify('known')).toMatchObject({ info: robot, isStale: true });
    await expect(scenario.cache.verify('new')).rejects.toBeInstanceOf(TokenServiceUnavailableError);
    scenario.advance(STALE_FOR_MS);
    await expect(scenario.cache.verify('known')).rejects.toBeInstanceOf(TokenServiceUnavailableError);
  });

  it('verifies a stale token again once the token service is available', async () => {
    const scenario = new Scenario();
    await scenario.cache.verify('t');
    scenario.response = 'unavailable';
    scenario.advance(VALID_FOR_MS + 1);
    expect(await scenario.cache.verify('t')).toMatchObject({ isStale: true });
    scenario.response = robot;
    scenario.advance(10_000);
    expect(await scenario.cache.verify('t')).toMatchObject({ isStale: false });
  });

  it('rejects a revoked token, also when the token service is unavailable afterwards', async () => {
    const scenario = new Scenario();
    await scenario.cache.verify('t');
    scenario.response = null;
    scenario.advance(VALID_FOR_MS + 1);
    expect(await scenario.cache.verify('t')).toBeNull();
    scenario.response = 'unavailable';
    scenario.advance(INVALID_FOR_MS + 1);
    await expect(scenario.cache.verify('t')).rejects.toBeInstanceOf(TokenServiceUnavailableError);
  });

  it('keeps valid tokens when many invalid ones are sent', async () => {
    const scenario = new Scenario();
    await scenario.cache.verify('good');
    scenario.response = null;
    for (let i = 0; i < 12_000; i += 100)
      await Promise.all(Array.from({ length: 100 }, (_, j) => scenario.cache.verify(`bad-${i + j}`)));
    const before = scenario.requests;
    expect(await scenario.cache.verify('good')).toMatchObject({ info: robot });
    expect(scenario.requests).toBe(before);
  });

  it('looks at most 8 new tokens up at the same time and rejects what does not fit into its queue', async () => {
    const scenario = new Scenario();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 500 }, (_, index) => scenario.cache.verify(`t${index}`)),
    );
    expect(scenario.maxRunning).toBe(8);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(8 + 256);
  });

  it('responds to a token whose look-up takes longer than the cache remembers the others', async () => {
    const scenario = new Scenario();
    const slow = scenario.holdNext();
    const verified = scenario.cache.verify('slow');
    scenario.response = null;
    for (let i = 0; i < 2_500; i += 1) await scenario.cache.verify(`bad-${i}`);
    slow.release(robot);
    expect(await verified).toMatchObject({ info: robot });
  });

  it('responds to a token that is verified again while more valid tokens than it remembers arrive', async () => {
    const scenario = new Scenario();
    await scenario.cache.verify('known');
    scenario.advance(VALID_FOR_MS + 1);
    const slow = scenario.holdNext();
    const verified = scenario.cache.verify('known');
    for (let i = 0; i < 10_500; i += 100)
      await Promise.all(Array.from({ length: 100 }, (_, j) => scenario.cache.verify(`good-${i + j}`)));
    slow.release(robot);
    expect(await verified).toMatchObject({ info: robot, isStale: false });
  });

  it('stops asking a token service that fails repeatedly', async () => {
    const scenario = new Scenario();
    scenario.response = 'unavailable';
    for (let i = 0; i < 20; i += 1)
      await expect(scenario.cache.verify(`t${i}`)).rejects.toBeInstanceOf(TokenServiceUnavailableError);
    expect(scenario.requests).toBe(5);
  });

  it('looks other tokens up after one was described in an unknown form repeatedly', async () => {
    const odd = new TokenServiceUnavailableError('responded with something other than token info', true);
    const cache = new TokenCache({
      lookUp: (token) => (token === 'good' ? Promise.resolve(robot) : Promise.reject(odd)),
    });
    for (let i = 0; i < 10; i += 1) await expect(cache.verify('odd')).rejects.toBe(odd);
    expect(await cache.verify('good')).toMatchObject({ info: robot });
  });

  it('verifies known tokens again though the token service fails for new ones', async () => {
    const scenario = new Scenario();
    await scenario.cache.verify('known');
    scenario.advance(VALID_FOR_MS + 1);
    scenario.response = 'unavailable';
    for (let i = 0; i < 20; i += 1)
      await expect(scenario.cache.verify(`t${i}`)).rejects.toBeInstanceOf(TokenServiceUnavailableError);
    scenario.response = robot;
    expect(await scenario.cache.verify('known')).toMatchObject({ isStale: false });
  });
});
