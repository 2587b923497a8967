import { afterEach, describe, expect, it } from '@jest/globals';
import { startValkey, type Valkey } from '../../local/services/valkey.js';
import { checkRedisServer, closeRedis, connectRedis, type Redis } from './index.js';

describe('checkRedisServer', () => {
  let valkey: Valkey;
  let redis: Redis;

  async function start(conf: Readonly<Record<string, string>>): Promise<void> {
    valkey = await startValkey({ conf });
    redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'spec', onError: () => undefined });
  }

  /** Checks the server. Returns the warnings. */
  async function check({ allowEviction = false } = {}): Promise<string[]> {
    const warnings: string[] = [];
    await checkRedisServer(
      redis,
      { allowEviction, queuePrefix: 'lizzy' },
      { warn: (message) => warnings.push(message) },
    );
    return warnings;
  }

  afterEach(async () => {
    await closeRedis(redis);
    await valkey.stop();
  });

  it('accepts a server that evicts nothing and persists every write', async () => {
    await start({});
    expect(await check()).toEqual([]);
  });

  it.each(['allkeys-lru', 'volatile-ttl'])('rejects a server with the maxmemory-policy %s', async (policy) => {
    await start({ 'maxmemory-policy': policy });
    await expect(check()).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringMatching(new RegExp(`REDIS_URL:.*${policy}.*REDIS_ALLOW_EVICTION`)),
    });
    expect(await check({ allowEviction: true })).toEqual([expect.stringContaining('can evict jobs')]);
  });

  it('warns that a server persists nothing', async () => {
    await start({ appendonly: 'no' });
    expect(await check()).toEqual([expect.stringContaining('does not persist')]);
  });

  it('warns that a server writes snapshots only', async () => {
    await start({ appendonly: 'no', save: '3600 1' });
    expect(await check()).toEqual([expect.stringContaining('snapshots only')]);
  });

  it('needs neither CONFIG nor INFO, and reads the policy where INFO is allowed', async () => {
    await start({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' });
    await redis.acl('SETUSER', 'default', '-config');
    await expect(check()).rejects.toThrow('allkeys-lru');
    await redis.acl('SETUSER', 'default', '-info');
    expect(await check()).toEqual([
      expect.stringContaining('persistence of Redis cannot be read'),
      expect.stringContaining('maxmemory-policy of Redis cannot be read'),
    ]);
  });
});
