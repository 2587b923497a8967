import { afterEach, describe, expect, it } from '@jest/globals';
import { startValkey, type Valkey } from '../../local/services/valkey.js';
import { checkServer, closeRedis, connectRedis, type Redis, type ServerCheck } from './index.js';

describe('checkServer', () => {
  let valkey: Valkey;
  let redis: Redis;
  async function start(conf: Readonly<Record<string, string>>): Promise<void> {
    valkey = await startValkey({ conf });
    redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'spec', onError: () => undefined });
  }
  async function check(conf: Readonly<Record<string, string>>): Promise<ServerCheck> {
    await start(conf);
    return await checkServer(redis);
  }
  afterEach(async () => {
    await closeRedis(redis);
    await valkey.stop();
  });

  it('finds nothing wrong with a server that evicts nothing and appends to a file', async () => {
    expect(await check({})).toEqual({ eviction: null, warnings: [] });
  });

  it.each(['allkeys-lru', 'volatile-ttl'])('tells that a server drops keys (%s)', async (policy) => {
    expect((await check({ 'maxmemory-policy': policy })).eviction).toBe(policy);
  });

  it('warns of a server that keeps nothing on a disk', async () => {
    expect(await check({ appendonly: 'no' })).toMatchObject({ warnings: [expect.stringMatching(/nothing on a disk/)] });
  });

  it('warns of a server that writes snapshots only', async () => {
    const { warnings } = await check({ appendonly: 'no', save: '3600 1' });
    expect(warnings).toEqual([expect.stringMatching(/snapshots only/)]);
  });

  it('does not fail when it may not ask, and still learns the policy where INFO is allowed', async () => {
    await start({ appendonly: 'no', 'maxmemory-policy': 'allkeys-lru' });
    await redis.acl('SETUSER', 'default', '-config');
    expect(await checkServer(redis)).toEqual({
      eviction: 'allkeys-lru',
      warnings: [expect.stringMatching(/cannot be read/)],
    });
    await redis.acl('SETUSER', 'default', '-info');
    const { eviction, warnings } = await checkServer(redis);
    expect({ eviction, count: warnings.length }).toEqual({ eviction: null, count: 2 });
  });
});
