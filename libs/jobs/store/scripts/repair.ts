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

-- Drops a key of another type, and returns whether it has: nothing that the agent has written is in it.
local function drop_unless(wanted, key)
  local found = stored_type(key, wanted)
  if found == 'none' or found == wanted then return false end
  redis.call('UNLINK', key)
  return true
end

-- The error of the first key that has another type than \`types\` says by its number, or by its name; nil when there is none.
local function type_error(types)
  for at, wanted in pairs(types) do
    local key = KEYS[at] or at
    local found = stored_type(key, wanted)
    if found ~= 'none' and found ~= wanted then return redis.error_reply('WRONGTYPE ' .. key) end
  end
end

-- Adds the types of the keys that a job adds a position of an order to: the position, the tables with these prefixes, and the indexes.
local function add_position_types(types, position_key, table_prefixes, indexes_from)
  types[position_key] = 'integer'
  for i = indexes_from, #KEYS do types[i] = 'hash' end
  if stored_type(KEYS[position_key], 'integer') ~= 'integer' then return end
  local last = tonumber(redis.call('GET', KEYS[position_key]))
  for _, prefix in ipairs(table_prefixes) do
    types[chunk_key(prefix, last)] = 'string'
    types[chunk_key(prefix, last + 1)] = 'string'
  end
end
`;

/**
 * Finds the last position of an order again, from the job table: the next job must not take the place of another one.
 * KEYS: 1 position, 2 index of all jobs. ARGV: 1 what the fields of the order begin with, 2 prefix of the job table.
 * Reply: 1 when the position was not a number and has been replaced, else 0.
 */
export const restorePositionScript = defineScript(
  'restore-position',
  `${HISTORY_FUNCTIONS}${TYPE_FUNCTION}
  local found = stored_type(KEYS[1], 'integer')
  if found == 'none' or found == 'integer' then return 0 end
  local chunk = 0
  if stored_type(KEYS[2], 'hash') == 'hash' then
    for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
      chunk = math.max(chunk, tonumber(string.match(field, '^' .. ARGV[1] .. '(%d+)$') or '0'))
    end
  end
  while redis.call('EXISTS', chunk_key(ARGV[2], (chunk + 1) * CHUNK)) == 1 do chunk = chunk + 1 end
  local key = chunk_key(ARGV[2], chunk * CHUNK)
  local kind = stored_type(key, 'string')
  local entries = CHUNK
  if kind == 'string' then entries = math.floor(#redis.call('GETRANGE', key, 0, -1) / ENTRY) end
  if kind == 'none' and chunk == 0 then entries = 1 end
  redis.call('SET', KEYS[1], string.format('%d', math.max(0, chunk * CHUNK + entries - 1)))
  return 1
  `,
  z.number(),
);

/**
 * Drops keys of a wrong type: nothing that the agent has written is in them.
 * KEYS: any. ARGV: per key its type, as TYPE replies, or `integer`. Reply: the dropped keys.
 */
export const dropWrongTypesScript = defineScript(
  'drop-wrong-types',
  `${TYPE_FUNCTION}
  local dropped = {}
  for i, key in ipairs(KEYS) do
    if drop_unless(ARGV[i], key) then table.insert(dropped, key) end
  end
  return dropped
  `,
  z.array(z.string()),
);

/**
 * Adds jobs to the unfinished ones, unless they have finished meanwhile.
 * KEYS: 1 unfinished, 2.. jobs. ARGV: the id of each job. Reply: how many were not among them.
 */
export const restoreUnfinishedScript = defineScript(
  'restore-unfinished',
  `local added = 0
  for i, id in ipairs(ARGV) do
    local job = redis.call('HMGET', KEYS[i + 1], 'status', 'seq')
    if job[1] == 'queued' or job[1] == 'running' then added = added + redis.call('ZADD', KEYS[1], job[2], id) end
  end
  return added`,
  z.number(),
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
 * Drops a finished job that cannot be read, or that Redis has lost. Its entries in indexes that nothing names any more stay; they lead to no
 * job. Sent twice it changes nothing the second time.
 * KEYS: 1 job, 2 request, 3 events, 4 size of the history, 5 dropped jobs by chunk, 6 index of all jobs, 7.. other indexes.
 * ARGV: 1 position in the order of ends, 2 prefix of the submission table. Reply: 1, or 0 when the history does not have it any more.
 */
export const dropDamagedScript = defineScript(
  'drop-damaged-job',
  `${HISTORY_FUNCTIONS}
  local finished = tonumber(ARGV[1])
  if not index_remove(KEYS[6], 'finished', finished) then return 0 end
  redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
  redis.call('DECR', KEYS[4])
  local start = (finished % CHUNK) * 4
  local submitted = redis.call('GETRANGE', chunk_key(ARGV[2], finished), start, start + 3)
  local positions = {finished = finished, submitted = #submitted == 4 and struct.unpack('>I4', submitted) or nil}
  for order, position in pairs(positions) do
    for i = 6, #KEYS do index_remove(KEYS[i], order, position) end
    redis.call('HINCRBY', KEYS[5], field_of(order, position), 1)
  end
  return 1
  `,
  z.number(),
);
