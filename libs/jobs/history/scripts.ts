import { defineBinaryScript, defineScript } from '#redis';
import { z } from 'zod';
import { DAMAGED_REPLY } from '../redis/damaged-history.error.js';

const bytes = z.instanceof(Buffer);

/**
 * Lua functions on the indexes and tables of the history; `chunk.ts` describes what they store. Scripts that submit, change,
 * finish or drop jobs begin with them.
 */
export const HISTORY_FUNCTIONS = `
local CHUNK, BITMAP, ENTRY = 16384, 2048, 22

local function set_bit(bitmap, offset, on)
  local index, mask = math.floor(offset / 8) + 1, 2 ^ (offset % 8)
  local byte = string.byte(bitmap, index)
  local is_set = math.floor(byte / mask) % 2 == 1
  if is_set == on then return bitmap end
  byte = on and byte + mask or byte - mask
  return string.sub(bitmap, 1, index - 1) .. string.char(byte) .. string.sub(bitmap, index + 1)
end

local function field_of(order, position)
  return (order == 'finished' and 'f' or '') .. string.format('%d', math.floor(position / CHUNK))
end

local function index_add(key, order, position)
  local field, offset = field_of(order, position), position % CHUNK
  local set = redis.call('HGET', key, field) or ''
  if #set == BITMAP then
    set = set_bit(set, offset, true)
  else
    set = set .. struct.pack('>I2', offset)
    if #set == BITMAP then
      local bytes = {}
      for i = 1, BITMAP do bytes[i] = 0 end
      for at = 1, BITMAP, 2 do
        local each = struct.unpack('>I2', set, at)
        local index, mask = math.floor(each / 8) + 1, 2 ^ (each % 8)
        if math.floor(bytes[index] / mask) % 2 == 0 then bytes[index] = bytes[index] + mask end
      end
      for i = 1, BITMAP do bytes[i] = string.char(bytes[i]) end
      set = table.concat(bytes)
    end
  end
  redis.call('HSET', key, field, set)
end

-- Returns whether the index had the position.
local function index_remove(key, order, position)
  local field, offset = field_of(order, position), position % CHUNK
  local before = redis.call('HGET', key, field)
  if not before then return false end
  local set = before
  if #set == BITMAP then
    set = set_bit(set, offset, false)
    if set == string.rep('\\0', BITMAP) then set = '' end
  else
    local member = struct.pack('>I2', offset)
    local at = string.find(set, member, 1, true)
    while at and at % 2 == 0 do at = string.find(set, member, at + 1, true) end
    if at then set = string.sub(set, 1, at - 1) .. string.sub(set, at + 2) end
  end
  if set == '' then redis.call('HDEL', key, field) else redis.call('HSET', key, field, set) end
  return set ~= before
end

-- The time in the job table at a position, in ms; 0 where there is none.
local function time_at(prefix, position)
  local offset = (position % CHUNK) * ENTRY + 16
  local bytes = redis.call('GETRANGE', prefix .. string.format('%d', math.floor(position / CHUNK)), offset, offset + 5)
  if #bytes < 6 then return 0 end
  return (struct.unpack('>I6', bytes))
end

local function chunk_key(prefix, position)
  return prefix .. string.format('%d', math.floor(position / CHUNK))
end

-- Times never decrease along an order, so a binary search is possible. Returns the time as it was written.
local function table_write(prefix, position, id_bytes, ms)
  if position > 1 then ms = math.max(ms, time_at(prefix, position - 1)) end
  redis.call('SETRANGE', chunk_key(prefix, position), (position % CHUNK) * ENTRY, id_bytes .. struct.pack('>I6', ms))
  return ms
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/** A Lua function for scripts that read the history: it finds out which key is damaged. */
export const CHECKED_READ = `
-- Returns false when the key cannot be read; then \`failure\` is what the script replies.
local failure
local function read(command, key, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if not failure then
    failure = string.find(reply.err, 'WRONGTYPE', 1, true) and redis.error_reply('${DAMAGED_REPLY} ' .. key) or reply
  end
  return false
end
`;

/**
 * Finds the first position of an order whose time is not before the given one.
 * KEYS: none. ARGV: prefix of the job table, last position, time in ms. Reply: a position; the last one + 1 when there is none.
 */
export const searchTimeScript = defineScript(
  'search-time',
  `${HISTORY_FUNCTIONS}
  local prefix, last, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
  local low, high = 1, last + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if time_at(prefix, middle) >= wanted then high = middle else low = middle + 1 end
  end
  return low
  `,
  z.number(),
);

/**
 * Reads how far the history reaches, what of it can change, which chunks a query needs, and the last two of them: others change
 * rarely, so that the client knows them.
 *
 * KEYS: 1 last position in the order of submission, 2 in the order of ends, 3 unfinished, 4 dropped jobs by chunk, 5.. indexes,
 * those of one operand after the other.
 * ARGV: 1 what the fields of the order begin with, 2.. how many indexes each operand has.
 * Reply: both last positions; the position of the first unfinished job, empty without one; dropped jobs, chunk and number in turn;
 * per operand the chunks in which an index has jobs, separated by commas; per index its containers in the last chunk of the order and
 * in the one before, null for none. An error that begins with `DAMAGED` names a key of a wrong type.
 */
export const beginQueryScript = defineBinaryScript(
  'begin-query',
  `${CHECKED_READ}
  local prefix, at = ARGV[1], 5
  local unfinished = read('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES') or {}
  local found = {
    read('GET', KEYS[1]) or '0', read('GET', KEYS[2]) or '0', unfinished[2] or '', read('HGETALL', KEYS[4]) or {}
  }
  local chunk = math.floor((tonumber(prefix == 'f' and found[2] or found[1]) or 0) / 16384)
  local containers = {}
  for operand = 2, #ARGV do
    local chunks, seen = {}, {}
    for i = at, at + ARGV[operand] - 1 do
      local last = string.format('%s%d', prefix, chunk)
      local before = string.format('%s%d', prefix, math.max(0, chunk - 1))
      containers[#containers + 1] = read('HMGET', KEYS[i], last, before) or {false, false}
      for _, field in ipairs(read('HKEYS', KEYS[i]) or {}) do
        if not seen[field] and (string.byte(field) == 102) == (prefix == 'f') then
          seen[field] = true
          chunks[#chunks + 1] = string.sub(field, #prefix + 1)
        end
      end
    end
    at = at + ARGV[operand]
    found[#found + 1] = table.concat(chunks, ',')
  end
  found[#found + 1] = containers
  return failure or found
  `,
  z.tuple([bytes, bytes, bytes, z.array(bytes)], z.union([bytes, z.array(z.array(bytes.nullable()))])),
);

/**
 * Drops a finished job with everything that belongs to it. Sent twice it changes nothing the second time.
 *
 * KEYS: 1 job, 2 request, 3 events, 4 size of the history, 5 dropped jobs by chunk, 6 stack names of the history, 7 index of
 * the stack name, 8.. the other indexes that the job is in.
 * ARGV: 1 position in the order of submission, 2 position in the order of ends, 3 stack name.
 * Reply: 1, or 0 when the job has not finished, or is not there.
 */
export const dropJobScript = defineScript(
  'drop-job',
  `${HISTORY_FUNCTIONS}
  local status = redis.call('HGET', KEYS[1], 'status')
  if not status or status == 'queued' or status == 'running' then return 0 end
  redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
  redis.call('DECR', KEYS[4])
  local submitted, finished = tonumber(ARGV[1]), tonumber(ARGV[2])
  for i = 7, #KEYS do
    index_remove(KEYS[i], 'submitted', submitted)
    index_remove(KEYS[i], 'finished', finished)
  end
  redis.call('HINCRBY', KEYS[5], field_of('submitted', submitted), 1)
  redis.call('HINCRBY', KEYS[5], field_of('finished', finished), 1)
  if redis.call('EXISTS', KEYS[7]) == 0 then redis.call('ZREM', KEYS[6], ARGV[3]) end
  return 1
  `,
  z.number(),
);
