import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startValkey } from '../../local/services/valkey.js';
import { closeRedis, connectRedis, defineScript, isRedisUnavailable, type Redis } from './index.js';

const add = defineScript('add', `return redis.call('INCRBY', KEYS[1], ARGV[1])`, z.number());

describe('defineScript', () => {
  let valkey: Awaited<ReturnType<typeof startValkey>>;
  let redis: Redis;

  beforeAll(async () => {
    valkey = await startValkey();
    redis = connectRedis({ url: valkey.url, role: 'worker', clientName: 'spec', onError: () => undefined });
  });

  afterAll(async () => {
    await closeRedis(redis);
    await valkey.stop();
  });

  it('runs a script that the server has never seen, and again after it has forgotten it', async () => {
    expect(await add(redis, ['sum'], [2])).toBe(2);
    await redis.script('FLUSH');
    expect(await add(redis, ['sum'], ['3'])).toBe(5);
  });

  it('names the script when its reply has another form', async () => {
    const wrong = defineScript('wrong', `return 'text'`, z.number());
    await expect(wrong(redis, [], [])).rejects.toThrow('the Redis script wrong');
  });

  it('passes on the error of the script', async () => {
    await redis.lpush('list', 'x');
    const error: unknown = await add(redis, ['list'], [1]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.stringContaining('WRONGTYPE') });
    expect(isRedisUnavailable(error)).toBe(false);
  });
});
