import { defineScript } from '#redis';
import { z } from 'zod';

const refused = z.tuple([z.enum(['gone', 'ended'])]);
const held = z.tuple([z.literal('held'), z.number().int()]);
const claimed = z.tuple([z.literal('claimed'), z.number().int(), z.number().int()]);

/**
 * Takes a job for one worker: `claimed` with the fence (a number that only grows: what an older one writes is refused)
 * and how many claims in a row died without progress; `held` with the milliseconds that another claim may still live.
 */
export const claimScript = defineScript(
  'claim-job',
  `
  local status = redis.call('HGET', KEYS[1], 'status')
  if not status then return {'gone'} end
  if status ~= 'queued' and status ~= 'running' then return {'ended'} end
  local left = redis.call('PTTL', KEYS[2])
  if left > 0 then return {'held', left} end
  local given_back = redis.call('HGET', KEYS[1], 'given_back')
  if given_back ~= '1' then redis.call('HINCRBY', KEYS[1], 'attempt', 1) end
  local deaths = 0
  if given_back == '0' then deaths = redis.call('HINCRBY', KEYS[1], 'deaths', 1) end
  redis.call('HSET', KEYS[1], 'given_back', '0')
  local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
  redis.call('SET', KEYS[2], fence, 'PX', ARGV[1])
  return {'claimed', fence, deaths}
  `,
  z.union([refused, held, claimed]),
);

/** Keeps a claim alive: 1 and the cancel request (or an empty string), or 0 when a younger claim has taken over. */
export const renewScript = defineScript(
  'renew-claim',
  `
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return {0, ''} end
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return {1, redis.call('HGET', KEYS[1], 'cancel') or ''}
  `,
  z.tuple([z.number(), z.string()]),
);

/** Gives a claim back in order, so that the next one begins without waiting for the lease and is no new attempt. */
export const giveBackScript = defineScript(
  'give-back-claim',
  `
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'given_back', '1', 'deaths', 0)
  redis.call('DEL', KEYS[2])
  return 1
  `,
  z.number(),
);
