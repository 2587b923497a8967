import { defineScript, type Redis } from '#redis';
import { type FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import { z } from 'zod';

/**
 * Counts a request. A counter that another program has written, or that does not end within the window, must not lock a user out: the
 * window begins again.
 * KEYS: 1 counter. ARGV: 1 length of the window in ms. Reply: the count, and how long the window lasts, in ms: at least 1.
 */
const countScript = defineScript(
  'count-request',
  `
  local count = redis.pcall('INCR', KEYS[1])
  local left = redis.call('PTTL', KEYS[1])
  local window = tonumber(ARGV[1])
  if type(count) ~= 'number' or left < 0 or left > window then
    count, left = 1, window
    redis.call('SET', KEYS[1], count, 'PX', left)
  end
  return {count, math.max(1, left)}
  `,
  z.tuple([z.number(), z.number()]),
);

type Callback = (error: Error | null, result?: { current: number; ttl: number }) => void;

/**
 * Where `@fastify/rate-limit` counts. Its own store for Redis writes the method and the path of a route into the keys, and `undefined` for
 * limits that belong to none.
 */
export function rateLimitStore(redis: Redis, keyPrefix: string): FastifyRateLimitStoreCtor {
  return class RateLimitStore {
    incr(key: string, callback: Callback, windowMs: number): void {
      countScript(redis, [keyPrefix + key], [windowMs]).then(
        ([current, ttl]) => {
          callback(null, { current, ttl });
        },
        (error: unknown) => {
          callback(error instanceof Error ? error : new Error('counting a request', { cause: error }));
        },
      );
    }

    child(): this {
      return this;
    }
  };
}
