import { defineScript } from '#redis';
import { z } from 'zod';
import { HISTORY_FUNCTIONS } from '../../history/scripts.js';

/** The type of a key as TYPE replies, or `integer` where that is wanted and `INCR` can count from its value. */
export const TYPE_FUNCTION = `
local function stored_type(key, wanted)
  local found = redis.call('TYPE', key).ok
  if wanted ~= 'integer' or found ~= 'string' then return found end
  local value = redis.call('GET', key)
  return #value < 16 and string.match(value, '^%-?%d+$') and (value == '0' or not string.match(value, '^%-?0')) and wanted or found
end
`;

/**
 * Drops keys of a wrong type: nothing that the agent has written is in them.
 * KEYS: any. ARGV: per key its type, as TYPE replies, or `integer`. Reply: the dropped keys.
 */
export const dropWrongTypesScript = defineScript(
  'drop-wrong-types',
  `${TYPE_FUNCTION}
  local dropped = {}
  for i, key in ipairs(KEYS) do
    local found = stored_type(key, ARGV[i])
    if found ~= 'none' and found ~= ARGV[i] then
      redis.call('UNLINK', key)
      table.insert(dropped, key)
    end
  end
  return dropped
  `,
  z.array(z.string()),
);

/**
 * Counts that a job could not be read. The third time its hash is replaced by one that only `finish-job` can use, with the
 * given fence.
 *
 * KEYS: 1 job, 2 lease, 3 damaged jobs, 4 unfinished, 5 events, 6 index of `queued`, 7 index of `running`.
 * ARGV: 1 id, 2 fence, 3 how often it is tried.
 * Reply: `held`: a worker holds the job; `again`; `reset` and its position in the order of submission; `unknown`: it is not
 * unfinished.
 */
export const reportDamageScript = defineScript(
  'report-damage',
  `${HISTORY_FUNCTIONS}
  if redis.call('PTTL', KEYS[2]) > 0 then return {'held', 0} end
  local seq = tonumber(redis.call('ZSCORE', KEYS[4], ARGV[1]) or '')
  if not seq then
    redis.call('HDEL', KEYS[3], ARGV[1])
    return {'unknown', 0}
  end
  if redis.call('HINCRBY', KEYS[3], ARGV[1], 1) < tonumber(ARGV[3]) then return {'again', seq} end
  local last = redis.call('XREVRANGE', KEYS[5], '+', '-', 'COUNT', 1)[1]
  redis.call('UNLINK', KEYS[1])
  redis.call('HSET', KEYS[1], 'status', 'running', 'seq', seq, 'fence', ARGV[2],
    'events', last and string.match(last[1], '^%d+') or 0)
  redis.call('HDEL', KEYS[3], ARGV[1])
  index_remove(KEYS[6], 'submitted', seq)
  index_remove(KEYS[7], 'submitted', seq)
  return {'reset', seq}
  `,
  z.tuple([z.enum(['held', 'again', 'reset', 'unknown']), z.number()]),
);

/**
 * Drops a finished job that cannot be read. Its entries in indexes that nothing names any more stay; they lead to no job.
 * KEYS: 1 job, 2 request, 3 events, 4 size of the history, 5 dropped jobs by chunk, 6.. indexes.
 * ARGV: 1 position in the order of ends.
 */
export const dropDamagedScript = defineScript(
  'drop-damaged-job',
  `${HISTORY_FUNCTIONS}
  local dropped = redis.call('UNLINK', KEYS[1])
  redis.call('UNLINK', KEYS[2], KEYS[3])
  if dropped == 1 then redis.call('DECR', KEYS[4]) end
  for i = 6, #KEYS do index_remove(KEYS[i], 'finished', tonumber(ARGV[1])) end
  redis.call('HINCRBY', KEYS[5], field_of('finished', tonumber(ARGV[1])), 1)
  return dropped
  `,
  z.number(),
);
