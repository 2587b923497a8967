import { defineScript } from '#redis';
import { z } from 'zod';
import { AUDIT_FUNCTION } from '../../audit/scripts.js';
import { EVENT_FUNCTIONS } from '../../events/scripts.js';
import { HISTORY_FUNCTIONS } from '../../history/scripts.js';
import { TYPE_FUNCTION } from './repair.js';

/**
 * Stores a job's progress, with the events that lead to it. Each claim numbers what it saves: what has been saved already
 * (the client sends again what a lost connection has not answered) is not saved again. A client that does not wait for each
 * reply can have sent more when one is refused: nothing is saved after one that is missing. Those that are known to have
 * been stored can be missing in a Redis that was restored to older data; they do not count.
 *
 * KEYS: 1 job, 2 events, 3 feed, 4 position of the feed, 5 channel, 6 index of `queued`, 7 index of `running`, 8 audit.
 * ARGV: 1 fence, 2 progress as JSON, 3 status, 4 `1`: a step has made progress, 5 id, 6 number of this save, 7 the job as
 * the feed names it, 8 audit entries, 9 number of the last save that is known to have been stored, 10 how many of the events are no
 * part of the feed, 11.. events, those first.
 * Reply: 1, or 0 when another claim has followed, the job has finished, or an earlier save is missing: nothing is stored.
 */
export const saveScript = defineScript(
  'save-progress',
  `${HISTORY_FUNCTIONS}${EVENT_FUNCTIONS}${AUDIT_FUNCTION}
  local job = redis.call('HMGET', KEYS[1], 'fence', 'status', 'saved', 'seq')
  if job[1] ~= ARGV[1] then return 0 end
  if job[2] ~= 'queued' and job[2] ~= 'running' then return 0 end
  local saved = tonumber(job[3] or '0')
  if tonumber(ARGV[6]) <= saved then return 1 end
  if saved >= tonumber(ARGV[9]) and saved + 1 < tonumber(ARGV[6]) then return 0 end
  redis.call('HSET', KEYS[1], 'progress', ARGV[2], 'status', ARGV[3], 'saved', ARGV[6])
  if ARGV[4] == '1' then redis.call('HSET', KEYS[1], 'crashes', 0) end
  if job[2] ~= ARGV[3] then
    -- In a Redis that was restored to older data, the status is not the one that the client has stored last.
    index_remove(job[2] == 'queued' and KEYS[6] or KEYS[7], 'submitted', tonumber(job[4]))
    index_add(ARGV[3] == 'queued' and KEYS[6] or KEYS[7], 'submitted', tonumber(job[4]))
  end
  local now, last_unannounced = now_ms(), 10 + tonumber(ARGV[10])
  append_log(KEYS, ARGV[5], now, texts_from(11, last_unannounced))
  append_events(KEYS, ARGV[5], ARGV[7], ARGV[3], now, texts_from(last_unannounced + 1))
  audit_append(KEYS[8], ARGV[8])
  return 1
  `,
  z.number(),
);

/**
 * Finishes a job, once: stores its record in the compact form, frees its locks, drops it from the unfinished, enters it into
 * the order of ends. With fence `-1` it ends a job that no worker has ever claimed.
 *
 * KEYS: 1 job, 2 events, 3 feed, 4 position of the feed, 5 channel, 6 index of `queued`, 7 index of `running`, 8 unfinished,
 * 9 waiting, 10 lease, 11 locks of the job, 12 request, 13 position in the order of ends, 14 audit, 15 index of the last
 * status, 16.. other indexes of the job.
 * ARGV: 1 id, 2 fence, 3 record as it is stored from now on, 4 status, 5 seconds that the request is kept, 6 time of the end
 * in ms, 7 id as bytes, 8 prefix of the job table, 9 prefix of the submission table, 10 prefix of lock keys, 11 prefix of
 * lock queue keys, 12 the job as the feed names it, 13 audit entries, 14 `1`: the claim knows that the stack is to be
 * deleted, 15.. events.
 * Fails before it writes anything when a key has a wrong type: Redis does not undo what a script has written.
 * Reply: 0 when the claim does not hold the job, 1 alone when this very record has been stored already (the client sends again
 * what a lost connection has not answered; the jobs that it woke check their locks by themselves), 2 when it would succeed although its cancellation was accepted, or be cancelled without the deletion that was accepted, 3 when the
 * job has no claim and the audit record cannot be written, else 1 and the jobs that the freed locks wake.
 */
export const finishScript = defineScript(
  'finish-job',
  `${HISTORY_FUNCTIONS}${EVENT_FUNCTIONS}${AUDIT_FUNCTION}${TYPE_FUNCTION}
  local id, fence = ARGV[1], ARGV[2]
  local job = redis.call('HMGET', KEYS[1], 'status', 'fence', 'seq', 'cancel')
  if job[1] ~= 'queued' and job[1] ~= 'running' then
    return {redis.call('HGET', KEYS[1], 'finished') == ARGV[3] and 1 or 0}
  end
  if fence == '-1' then
    if job[2] ~= '0' then return {0} end
  elseif job[2] ~= fence then
    return {0}
  elseif job[4] and (ARGV[4] == 'succeeded'
    or ARGV[4] == 'cancelled' and ARGV[14] ~= '1' and cjson.decode(job[4]).delete_stack) then
    return {2}
  end
  local types = {[2] = 'stream', [3] = 'stream', [4] = 'integer', [6] = 'hash', [7] = 'hash', [8] = 'zset', [9] = 'zset', [11] = 'set'}
  add_position_types(types, 13, {ARGV[8], ARGV[9]}, 15)
  local damage = type_error(types)
  if damage then return damage end
  if not audit_append(KEYS[14], ARGV[13]) and fence == '-1' then return {3} end
  append_events(KEYS, id, ARGV[12], ARGV[4], now_ms(), texts_from(15))
  redis.call('DEL', KEYS[1], KEYS[10])
  redis.call('HSET', KEYS[1], 'status', ARGV[4], 'finished', ARGV[3])
  if job[4] then redis.call('HSET', KEYS[1], 'cancel', job[4]) end -- The claim may not know of it yet.
  redis.call('ZREM', KEYS[8], id)
  redis.call('ZREM', KEYS[9], id)
  redis.call('EXPIRE', KEYS[12], ARGV[5])
  local seq, position = tonumber(job[3]), redis.call('INCR', KEYS[13])
  table_write(ARGV[8], position, ARGV[7], tonumber(ARGV[6]))
  redis.call('SETRANGE', ARGV[9] .. string.format('%d', math.floor(position / CHUNK)), (position % CHUNK) * 4,
    struct.pack('>I4', seq))
  index_remove(job[1] == 'queued' and KEYS[6] or KEYS[7], 'submitted', seq)
  index_add(KEYS[15], 'submitted', seq)
  for i = 15, #KEYS do index_add(KEYS[i], 'finished', position) end
  local woken = {1}
  for _, scope in ipairs(redis.call('SMEMBERS', KEYS[11])) do
    local lock, queue = ARGV[10] .. scope, ARGV[11] .. scope
    drop_unless('string', lock)
    drop_unless('zset', queue)
    if redis.call('GET', lock) == id then redis.call('DEL', lock) end
    redis.call('ZREM', queue, id)
    if redis.call('EXISTS', lock) == 0 then
      local next = redis.call('ZRANGE', queue, 0, 0)[1]
      if next then table.insert(woken, next) end
    end
  end
  redis.call('DEL', KEYS[11])
  return woken
  `,
  z.array(z.union([z.number(), z.string()])),
);

/**
 * Records that a job is to be cancelled, and notifies the worker that runs it.
 *
 * KEYS: 1 job, 2 events, 3 feed, 4 position of the feed, 5 channel, 6 channel of cancellations, 7 audit.
 * ARGV: 1 id, 2 cancel request as JSON, 3 `1`: also replaces an earlier request, 4 the job as the feed names it, 5 audit entries,
 * 6.. events.
 * Reply: `requested` (also when it had been requested before), `finished`, `not_found`, or `not_audited`: the audit record
 * cannot be written, so that nothing was requested.
 */
export const cancelScript = defineScript(
  'cancel-job',
  `${HISTORY_FUNCTIONS}${EVENT_FUNCTIONS}${AUDIT_FUNCTION}
  local status = redis.call('HGET', KEYS[1], 'status')
  if not status then return 'not_found' end
  if status ~= 'queued' and status ~= 'running' then return 'finished' end
  if not audit_append(KEYS[7], ARGV[5]) then return 'not_audited' end
  if ARGV[3] == '1' or redis.call('HEXISTS', KEYS[1], 'cancel') == 0 then
    redis.call('HSET', KEYS[1], 'cancel', ARGV[2])
    append_events(KEYS, ARGV[1], ARGV[4], status, now_ms(), texts_from(6))
  end
  redis.call('PUBLISH', KEYS[6], ARGV[1])
  return 'requested'
  `,
  z.enum(['not_found', 'finished', 'requested', 'not_audited']),
);

/**
 * Appends lines to a job's log. Each claim numbers what it appends: what has been appended already is not again.
 *
 * KEYS: 1 job, 2 events, 3 feed, 4 position of the feed, 5 channel. ARGV: 1 fence, 2 id, 3 number of these lines, 4.. lines.
 * Reply: 1, or 0 when another claim has followed.
 */
export const appendLogScript = defineScript(
  'append-log',
  `${HISTORY_FUNCTIONS}${EVENT_FUNCTIONS}
  local job = redis.call('HMGET', KEYS[1], 'fence', 'logged')
  if job[1] ~= ARGV[1] then return 0 end
  if tonumber(ARGV[3]) <= tonumber(job[2] or '0') then return 1 end
  redis.call('HSET', KEYS[1], 'logged', ARGV[3])
  append_log(KEYS, ARGV[2], now_ms(), texts_from(4))
  return 1
  `,
  z.number(),
);
