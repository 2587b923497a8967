import { defineScript } from '#redis';
import { z } from 'zod';
import { AUDIT_FUNCTION } from '../../audit/scripts.js';
import { EVENT_FUNCTIONS } from '../../events/scripts.js';
import { HISTORY_FUNCTIONS } from '../../history/scripts.js';
import { TYPE_FUNCTION } from './repair.js';

/**
 * Stores a new job with its request, its place in the history and in the queue of its stack version's lock, all or
 * nothing. A job that changes its stack's name first also takes its place in the queue of the name's lock, unless it has to
 * wait for a job that is not in that queue: a traffic change behind a creation delays no other job. Reports instead which
 * job it would repeat: by idempotency key, or because an unfinished job does the same. Sent twice with the same id it
 * submits once.
 *
 * KEYS: 1 job, 2 request, 3 unfinished, 4 waiting, 5 position in the order of submission, 6 idempotency key, 7 lock of the
 * version, 8 its queue, 9 locks of the job, 10 lock of the name, 11 its queue, 12 size of the history, 13 events, 14 feed,
 * 15 position of the feed, 16 channel, 17 unfinished jobs of the
 * user, 18 audit, 19 stack names of the history, 20.. indexes of the job.
 * ARGV: 1 id, 2 id as bytes, 3 submission as JSON, 4 request as JSON, 5 fingerprint, 6 fingerprint of the idempotent request
 * or '', 7 seconds that an idempotency key is kept, 8 `1`: an unfinished job with this fingerprint is a reason to refuse,
 * 9 scope of the version, 10 `1`: takes its place in the queue of the name, 11 scope of the name, 12 prefix of job keys,
 * 13 prefix of the job table, 14 the job as the feed names it, 15 first event,
 * 16 the job whose idempotency key the new job takes over, or '', 17 how many unfinished jobs the user can have, 0: any
 * number, 18 audit entries, 19 stack name, 20 the finished job that the new one retries, or ''.
 * Fails before it writes anything when a key has a wrong type: Redis does not undo what a script has written.
 * Reply: the outcome, and the id of the job that it is about; `too_many`: the number of unfinished jobs of the user;
 * `not_audited`: the audit record cannot be written, so that nothing was stored.
 */
export const submitScript = defineScript(
  'submit-job',
  `${HISTORY_FUNCTIONS}${EVENT_FUNCTIONS}${AUDIT_FUNCTION}${TYPE_FUNCTION}
  local id, fingerprint, idempotent = ARGV[1], ARGV[5], ARGV[6] ~= ''
  if redis.call('EXISTS', KEYS[1]) == 1 then return {'submitted', id} end
  local types = {[3] = 'zset', [4] = 'zset', [7] = 'string', [8] = 'zset', [9] = 'set', [10] = 'string', [11] = 'zset',
    [12] = 'integer', [13] = 'stream', [14] = 'stream', [15] = 'integer', [17] = 'set', [19] = 'zset'}
  add_position_types(types, 5, {ARGV[13]}, 20)
  local damage = type_error(types)
  if damage then return damage end
  if idempotent then
    local known = redis.call('HMGET', KEYS[6], 'id', 'fingerprint')
    if known[1] and not (known[1] == ARGV[16] and known[2] == ARGV[6]) then
      if known[2] == ARGV[6] then return {'replayed', known[1]} end
      return {'key_reused', known[1]}
    end
  end
  if ARGV[8] == '1' and not idempotent then
    local rivals = redis.call('ZRANGE', KEYS[8], 0, -1)
    local holder = redis.call('GET', KEYS[7])
    if holder then table.insert(rivals, 1, holder) end
    for _, rival in ipairs(rivals) do
      if redis.call('HGET', ARGV[12] .. rival, 'fingerprint') == fingerprint then return {'duplicate', rival} end
    end
  end
  local limit = tonumber(ARGV[17])
  if limit > 0 and redis.call('SCARD', KEYS[17]) >= limit then
    -- Jobs stay in the set when they end, and are removed when it is full.
    for _, each in ipairs(redis.call('SMEMBERS', KEYS[17])) do
      local status = redis.call('HGET', ARGV[12] .. each, 'status')
      if status ~= 'queued' and status ~= 'running' then redis.call('SREM', KEYS[17], each) end
    end
    local unfinished = redis.call('SCARD', KEYS[17])
    if unfinished >= limit then return {'too_many', tostring(unfinished)} end
  end
  if not audit_append(KEYS[18], ARGV[18]) then return {'not_audited', ''} end
  local last = redis.call('ZRANGE', KEYS[8], -1, -1)[1] or redis.call('GET', KEYS[7])
  local is_at_name = not last or redis.call('GET', KEYS[10]) == last or redis.call('ZSCORE', KEYS[11], last)
  local seq = redis.call('INCR', KEYS[5])
  local now = table_write(ARGV[13], seq, ARGV[2], now_ms())
  redis.call('HSET', KEYS[1], 'submission', ARGV[3], 'created', string.format('%d', now), 'status', 'queued',
    'seq', seq, 'attempt', 0, 'fence', 0, 'fingerprint', fingerprint)
  redis.call('SET', KEYS[2], ARGV[4])
  if limit > 0 then redis.call('SADD', KEYS[17], id) end
  redis.call('ZADD', KEYS[3], seq, id)
  redis.call('ZADD', KEYS[4], seq, id)
  redis.call('ZADD', KEYS[8], seq, id)
  redis.call('SADD', KEYS[9], ARGV[9])
  if ARGV[10] == '1' and is_at_name then
    redis.call('ZADD', KEYS[11], seq, id)
    redis.call('SADD', KEYS[9], ARGV[11])
  end
  if idempotent then
    redis.call('HSET', KEYS[6], 'id', id, 'fingerprint', ARGV[6])
    redis.call('EXPIRE', KEYS[6], ARGV[7])
  end
  redis.call('INCR', KEYS[12])
  redis.call('ZADD', KEYS[19], 0, ARGV[19])
  for i = 20, #KEYS do index_add(KEYS[i], 'submitted', seq) end
  if ARGV[20] ~= '' then
    local retried = ARGV[12] .. ARGV[20]
    if stored_type(retried, 'hash') == 'hash' then redis.call('HSET', retried, 'retried_by', id) end
  end
  append_events({KEYS[1], KEYS[13], KEYS[14], KEYS[15], KEYS[16]}, id, ARGV[14], 'queued', now, {ARGV[15]})
  return {'submitted', id}
  `,
  z.tuple([z.enum(['submitted', 'replayed', 'key_reused', 'duplicate', 'too_many', 'not_audited']), z.string()]),
);
