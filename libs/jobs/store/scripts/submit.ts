import { defineScript } from '#redis';
import { z } from 'zod';

/**
 * Writes a new job with its request, its place in the history and in the queue of its stack version's lock, all or
 * nothing. A job that changes its stack's name first (ARGV[11] = 1) also takes its place in the queue of the name's
 * lock, unless it has to wait for a job that is not there itself: a switch behind a creation holds nobody up.
 * A user (ARGV[13]) can have ARGV[14] unfinished jobs (0: any number); `too_many` otherwise, with their number. Jobs that have
 * ended without leaving KEYS[12] (an older worker ended them) are removed from it when the limit is reached.
 * Says instead which job it would repeat: by idempotency key, or because an unfinished job does the same. Sent twice with
 * the same id it submits once.
 */
export const submitScript = defineScript(
  'submit-job',
  `
  local base, id, fingerprint, idempotent = ARGV[1], ARGV[2], ARGV[6], ARGV[7] ~= ''
  if redis.call('EXISTS', KEYS[1]) == 1 then return {'submitted', id} end
  if idempotent then
    local known = redis.call('HMGET', KEYS[6], 'id', 'fingerprint')
    if known[1] then
      if known[2] == ARGV[7] then return {'replayed', known[1]} end
      return {'key_reused', known[1]}
    end
  end
  if ARGV[9] == '1' and not idempotent then
    local rivals = redis.call('ZRANGE', KEYS[8], 0, -1)
    local holder = redis.call('GET', KEYS[7])
    if holder then table.insert(rivals, 1, holder) end
    for _, rival in ipairs(rivals) do
      if redis.call('HGET', base .. 'job:' .. rival, 'fingerprint') == fingerprint then return {'duplicate', rival} end
    end
  end
  local limit = tonumber(ARGV[14])
  if limit > 0 and redis.call('SCARD', KEYS[12]) >= limit then
    for _, each in ipairs(redis.call('SMEMBERS', KEYS[12])) do
      local status = redis.call('HGET', base .. 'job:' .. each, 'status')
      if status ~= 'queued' and status ~= 'running' then redis.call('SREM', KEYS[12], each) end
    end
    local unfinished = redis.call('SCARD', KEYS[12])
    if unfinished >= limit then return {'too_many', tostring(unfinished)} end
  end
  local last = redis.call('ZRANGE', KEYS[8], -1, -1)[1] or redis.call('GET', KEYS[7])
  local is_at_name = not last or redis.call('GET', KEYS[10]) == last or redis.call('ZSCORE', KEYS[11], last)
  local seq = redis.call('INCR', KEYS[5])
  redis.call('HSET', KEYS[1], 'submission', ARGV[3], 'progress', ARGV[4], 'status', 'queued', 'seq', seq,
    'revision', 1, 'attempt', 0, 'fence', 0, 'fingerprint', fingerprint, 'owner', ARGV[13])
  redis.call('SADD', KEYS[12], id)
  redis.call('SET', KEYS[2], ARGV[5])
  redis.call('ZADD', KEYS[3], seq, id)
  redis.call('ZADD', KEYS[4], seq, id)
  redis.call('ZADD', KEYS[8], seq, id)
  redis.call('SADD', KEYS[9], ARGV[10])
  if ARGV[11] == '1' and is_at_name then
    redis.call('ZADD', KEYS[11], seq, id)
    redis.call('SADD', KEYS[9], ARGV[12])
  end
  if idempotent then
    redis.call('HSET', KEYS[6], 'id', id, 'fingerprint', ARGV[7])
    redis.call('EXPIRE', KEYS[6], ARGV[8])
  end
  return {'submitted', id}
  `,
  z.tuple([z.enum(['submitted', 'replayed', 'key_reused', 'duplicate', 'too_many']), z.string()]),
);
