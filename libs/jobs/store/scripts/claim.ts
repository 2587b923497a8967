import { defineScript } from '#redis';
import { z } from 'zod';

const refused = z.tuple([z.enum(['not_found', 'finished'])]);
const held = z.tuple([z.literal('held'), z.number().int()]);
const claimed = z.tuple([z.literal('claimed'), z.number().int(), z.string()]);

/**
 * Claims a job for one worker, with a fence of its own: writes of a claim with another fence are refused. A
 * fence is random, not counted: a Redis that was restored to an older state would issue the same number twice. To claim
 * again with the same fence changes nothing (the client sends again what a lost connection has not answered).
 *
 * KEYS: 1 job, 2 lease, 3 waiting. ARGV: 1 duration of the lease in ms, 2 fence, 3 id, 4 worker, 5 for how many ms no claim
 * that was not released may be taken over.
 * Reply: `claimed`, how many claims in a row crashed without progress, and the worker that has not released the job; `held` and the milliseconds that another claim may
 * still be valid, `not_found`, or `finished`.
 */
export const claimScript = defineScript(
  'claim-job',
  `
  local status = redis.call('HGET', KEYS[1], 'status')
  if not status then return {'not_found'} end
  if status ~= 'queued' and status ~= 'running' then return {'finished'} end
  if redis.call('GET', KEYS[2]) == ARGV[2] then
    return {'claimed', tonumber(redis.call('HGET', KEYS[1], 'crashes') or '0'), redis.call('HGET', KEYS[1], 'worker_before')}
  end
  local left = redis.call('PTTL', KEYS[2])
  if left > 0 then return {'held', left} end
  local released = redis.call('HGET', KEYS[1], 'released')
  if released == '0' and tonumber(ARGV[5]) > 0 then return {'held', tonumber(ARGV[5])} end
  if released ~= '1' then redis.call('HINCRBY', KEYS[1], 'attempt', 1) end
  local crashes = 0
  if released == '0' then crashes = redis.call('HINCRBY', KEYS[1], 'crashes', 1) end
  local before = redis.call('HGET', KEYS[1], 'worker') or ''
  redis.call('HSET', KEYS[1], 'released', '0', 'fence', ARGV[2], 'saved', 0, 'logged', 0, 'worker', ARGV[4],
    'worker_before', before)
  redis.call('ZREM', KEYS[3], ARGV[3])
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[1])
  return {'claimed', crashes, before}
  `,
  z.union([refused, held, claimed]),
);

/**
 * Renews a claim. A renewal that arrives after the claim was released is refused: it would keep the next claim out for
 * as long as the lease.
 *
 * KEYS: 1 job, 2 lease. ARGV: 1 fence, 2 duration of the lease in ms.
 * Reply: 1 and the cancel request (or an empty string); 0 when another claim has followed, or this one was released.
 */
export const renewScript = defineScript(
  'renew-claim',
  `
  local hold = redis.call('HMGET', KEYS[1], 'fence', 'released')
  if hold[1] ~= ARGV[1] or hold[2] == '1' then return {0, ''} end
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return {1, redis.call('HGET', KEYS[1], 'cancel') or ''}
  `,
  z.tuple([z.number(), z.string()]),
);

/**
 * Releases a claim, so that the next one starts without waiting for the lease and is no new attempt.
 *
 * KEYS: 1 job, 2 lease. ARGV: 1 fence. Reply: 1, or 0 when another claim has followed.
 */
export const releaseScript = defineScript(
  'release-claim',
  `
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
  redis.call('HSET', KEYS[1], 'released', '1', 'crashes', 0)
  redis.call('HDEL', KEYS[1], 'worker')
  redis.call('DEL', KEYS[2])
  return 1
  `,
  z.number(),
);
