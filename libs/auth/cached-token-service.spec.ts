import { describe, expect, it } from '@jest/globals';
import { CachedTokenService, GO_ON_FOR_MS, INVALID_FOR_MS, VALID_FOR_MS } from './cached-token-service.js';
import { type TokenInfo, TokenServiceUnavailable } from './token-info.js';

const robot: TokenInfo = { uid: 'robot', scopes: ['deploy'], realm: null, expiresInSeconds: 3600 };

/** A cache before a fake token service, and a clock to turn. */
function setUp(): {
  cache: CachedTokenService;
  service: { says: TokenInfo | null | 'away'; asked: number };
  clock: { ms: number };
} {
  const service: { says: TokenInfo | null | 'away'; asked: number } = { says: robot, asked: 0 };
  const clock = { ms: 1_000 };
  const identify = async (): Promise<TokenInfo | null> => {
    service.asked += 1;
    await Promise.resolve();
    if (service.says === 'away') throw new TokenServiceUnavailable('no answer');
    return service.says;
  };
  return { cache: new CachedTokenService({ identify }, () => clock.ms), service, clock };
}

describe('the memory for tokens', () => {
  it('asks once for many at the same time, and not again for a minute', async () => {
    const { cache, service, clock } = setUp();
    const all = await Promise.all(Array.from({ length: 5 }, () => cache.identify('t')));
    expect(all).toEqual(Array.from({ length: 5 }, () => robot));
    await cache.identify('t');
    expect(service.asked).toBe(1);
    clock.ms += VALID_FOR_MS;
    await cache.identify('t');
    expect(service.asked).toBe(2);
  });

  it('forgets a token at its end', async () => {
    const { cache, service, clock } = setUp();
    service.says = { ...robot, expiresInSeconds: 10 };
    await cache.identify('t');
    clock.ms += 10_000;
    service.says = 'away';
    await expect(cache.identify('t')).rejects.toBeInstanceOf(TokenServiceUnavailable);
  });

  it('remembers an invalid token for some seconds only', async () => {
    const { cache, service, clock } = setUp();
    service.says = null;
    expect(await cache.identify('t')).toBeNull();
    service.says = robot;
    expect(await cache.identify('t')).toBeNull();
    clock.ms += INVALID_FOR_MS;
    expect(await cache.identify('t')).toEqual(robot);
  });

  it('lets somebody known go on while the token service is away, and nobody else', async () => {
    const { cache, service, clock } = setUp();
    await cache.identify('known');
    service.says = 'away';
    clock.ms += GO_ON_FOR_MS - 1;
    expect(await cache.identify('known')).toEqual(robot);
    await expect(cache.identify('new')).rejects.toBeInstanceOf(TokenServiceUnavailable);
    clock.ms += GO_ON_FOR_MS;
    await expect(cache.identify('known')).rejects.toBeInstanceOf(TokenServiceUnavailable);
  });

  it('does not let a revoked token go on', async () => {
    const { cache, service, clock } = setUp();
    await cache.identify('t');
    service.says = null;
    clock.ms += VALID_FOR_MS;
    expect(await cache.identify('t')).toBeNull();
    service.says = 'away';
    clock.ms += INVALID_FOR_MS;
    await expect(cache.identify('t')).rejects.toBeInstanceOf(TokenServiceUnavailable);
  });
});
