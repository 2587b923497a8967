import { defineScript } from '#redis';
import { z } from 'zod';

/** Writes a job's progress for the claim that holds it; 0 when a younger claim has taken over: nothing is written. */
export const saveScript = defineScript(
  'save-progress',
  `
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
  local status = redis.call('HGET', KEYS[1], 'status')
  if status ~= 'queued' and status ~= 'running' then return 0 end
  redis.call('HSET', KEYS[1], 'progress', ARGV[2], 'status', ARGV[3])
  if ARGV[4] == '1' then redis.call('HSET', KEYS[1], 'deaths', 0) end
  local revision = redis.call('HINCRBY', KEYS[1], 'revision', 1)
  redis.call('PUBLISH', KEYS[2], cjson.encode({id = ARGV[5], status = ARGV[3], revision = revision}))
  return 1
  `,
  z.number(),
);

/**
 * Ends a job for good, once: writes the last progress, frees its locks, drops it from the unfinished. With fence `-1`
 * it ends a job that no worker has ever claimed. Answers 0 when that is not so (any more), 2 when the job would succeed
 * although somebody has been told that it will be cancelled, else 1 and the jobs that the freed locks wake.
 */
export const finishScript = defineScript(
  'finish-job',
  `
  local base, id, fence = ARGV[1], ARGV[2], ARGV[3]
  local stands = redis.call('HMGET', KEYS[1], 'status', 'fence')
  if stands[1] ~= 'queued' and stands[1] ~= 'running' then return {0} end
  if fence == '-1' then
    if stands[2] ~= '0' then return {0} end
    redis.call('HSET', KEYS[1], 'cancel', ARGV[7])
  elseif stands[2] ~= fence then
    return {0}
  elseif ARGV[5] == 'succeeded' and redis.call('HEXISTS', KEYS[1], 'cancel') == 1 then
    return {2}
  end
  redis.call('HSET', KEYS[1], 'progress', ARGV[4], 'status', ARGV[5])
  local revision = redis.call('HINCRBY', KEYS[1], 'revision', 1)
  redis.call('ZREM', KEYS[2], id)
  local owner = redis.call('HGET', KEYS[1], 'owner')
  if owner then redis.call('SREM', base .. 'unfinished-of:' .. owner, id) end
  redis.call('DEL', KEYS[3])
  redis.call('EXPIRE', KEYS[5], ARGV[6])
  local woken = {1}
  for _, scope in ipairs(redis.call('SMEMBERS', KEYS[4])) do
    local lock, queue = base .. 'lock:' .. scope, base .. 'lock-queue:' .. scope
    if redis.call('GET', lock) == id then redis.call('DEL', lock) end
    redis.call('ZREM', queue, id)
    if redis.call('EXISTS', lock) == 0 then
      local next = redis.call('ZRANGE', queue, 0, 0)[1]
      if next then table.insert(woken, next) end
    end
  end
  redis.call('DEL', KEYS[4])
  redis.call('PUBLISH', KEYS[6], cjson.encode({id = id, status = ARGV[5], revision = revision}))
  return woken
  `,
  z.array(z.union([z.number(), z.string()])),
);

/** Writes down that a job shall end, and calls the worker that runs it; `asked` also when it had been asked before. */
export const cancelScript = defineScript(
  'cancel-job',
  `
  local status = redis.call('HGET', KEYS[1], 'status')
  if not status then return 'not_found' end
  if status ~= 'queued' and status ~= 'running' then return 'finished' end
  if ARGV[3] == '1' or redis.call('HEXISTS', KEYS[1], 'cancel') == 0 then
    redis.call('HSET', KEYS[1], 'cancel', ARGV[2])
    local revision = redis.call('HINCRBY', KEYS[1], 'revision', 1)
    redis.call('PUBLISH', KEYS[2], cjson.encode({id = ARGV[1], status = status, revision = revision}))
  end
  redis.call('PUBLISH', KEYS[3], ARGV[1])
  return 'requested'
  `,
  z.enum(['not_found', 'finished', 'requested']),
);

/**
 * Appends lines to a job's log for the claim that holds it; 0 when a younger claim has taken over. Each claim numbers what it
 * appends: what has been written already (the client sends again what a lost connection has not answered) is not again.
 */
export const appendLogScript = defineScript(
  'append-log',
  `
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
  local limit, number = ARGV[3], tonumber(ARGV[4])
  local logged = redis.call('HMGET', KEYS[1], 'logged_by', 'logged')
  if logged[1] == ARGV[1] and number <= tonumber(logged[2]) then return 1 end
  redis.call('HSET', KEYS[1], 'logged_by', ARGV[1], 'logged', number)
  for i = 5, #ARGV do redis.call('XADD', KEYS[2], 'MAXLEN', '~', limit, '*', 'line', ARGV[i]) end
  redis.call('PUBLISH', KEYS[3], cjson.encode({id = ARGV[2], log = true}))
  return 1
  `,
  z.number(),
);
