import { isNativeError } from 'node:util/types';
import { type Redis } from 'ioredis';
import { isRedisUnavailable } from './errors.js';

/**
 * Runs a command on keys that can be made again: caches, counts, budgets. When Redis rejects it because of what the keys hold, which another
 * program has written, they are deleted and it is run again: all users and jobs share these keys.
 * @throws errors of Redis; those of the second attempt
 */
export async function replacingDamage<R>(redis: Redis, keys: readonly string[], command: () => Promise<R>): Promise<R> {
  try {
    return await command();
  } catch (error) {
    if (!isNativeError(error) || error.name !== 'ReplyError' || isRedisUnavailable(error)) throw error;
    await redis.del(...keys);
    return await command();
  }
}
