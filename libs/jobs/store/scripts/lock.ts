import { defineScript } from '#redis';
import { z } from 'zod';
import { TYPE_FUNCTION } from './repair.js';

/**
 * Takes a lock for a job, in the order of their places. A job that does not wait leaves no entry when it does not get
 * the lock. Locks and places of jobs that do not exist, or have finished, are released: no worker will ever do it.
 *
 * KEYS: 1 job, 2 lock, 3 its queue, 4 locks of the job. ARGV: 1 id, 2 its place in the queue, the smallest first, 3 scope, 4 fence,
 * 5 `1`: waits, 6 prefix of job keys.
 * Reply: `held`, `waiting` and the job that is before this one, or `lost` when another claim has followed.
 */
export const acquireLockScript = defineScript(
  'acquire-lock',
  `${TYPE_FUNCTION}
  local id, scope, wants_to_wait = ARGV[1], ARGV[3], ARGV[5] == '1'
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[4] then return {'lost', ''} end
  drop_unless('string', KEYS[2])
  drop_unless('zset', KEYS[3])
  drop_unless('set', KEYS[4])
  -- A job that cannot be read (an error) still counts: it fails, and releases its locks, after some attempts.
  local function is_over(other)
    local status = redis.pcall('HGET', ARGV[6] .. other, 'status')
    return status ~= 'queued' and status ~= 'running' and type(status) ~= 'table'
  end
  local holder = redis.call('GET', KEYS[2])
  if holder == id then
    redis.call('SADD', KEYS[4], scope)
    return {'held', id}
  end
  if holder and is_over(holder) then
    redis.call('DEL', KEYS[2])
    holder = false
  end
  local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  while first[1] and first[1] ~= id and is_over(first[1]) do
    redis.call('ZREM', KEYS[3], first[1])
    first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  end
  local before = holder
  if not before and first[1] and first[1] ~= id and (not wants_to_wait or tonumber(first[2]) < tonumber(ARGV[2])) then
    before = first[1]
  end
  if not before then
    redis.call('SET', KEYS[2], id)
    redis.call('ZREM', KEYS[3], id)
    redis.call('SADD', KEYS[4], scope)
    return {'held', id}
  end
  if wants_to_wait then
    redis.call('ZADD', KEYS[3], ARGV[2], id)
    redis.call('SADD', KEYS[4], scope)
  end
  return {'waiting', before}
  `,
  z.tuple([z.enum(['held', 'waiting', 'lost']), z.string()]),
);

/**
 * Frees a lock before its job's end.
 *
 * KEYS: 1 job, 2 lock, 3 its queue, 4 locks of the job. ARGV: 1 id, 2 scope, 3 fence.
 * Reply: the job that may take the lock now, or an empty string.
 */
export const releaseLockScript = defineScript(
  'release-lock',
  `${TYPE_FUNCTION}
  local id = ARGV[1]
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[3] then return '' end
  drop_unless('string', KEYS[2])
  drop_unless('zset', KEYS[3])
  drop_unless('set', KEYS[4])
  if redis.call('GET', KEYS[2]) == id then redis.call('DEL', KEYS[2]) end
  redis.call('ZREM', KEYS[3], id)
  redis.call('SREM', KEYS[4], ARGV[2])
  if redis.call('EXISTS', KEYS[2]) == 1 then return '' end
  return redis.call('ZRANGE', KEYS[3], 0, 0)[1] or ''
  `,
  z.string(),
);
