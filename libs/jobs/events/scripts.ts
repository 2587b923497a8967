/**
 * How many events a job keeps at least; when there are more, the oldest are dropped. A log of 100,000 lines is complete.
 */
const EVENTS_LIMIT = 150_000;
/** How many bytes of text a job's events may have before the oldest are dropped. */
const EVENTS_BYTES_LIMIT = 64 * 1024 * 1024;
/** How many events the feed of all jobs keeps at least. */
const FEED_LIMIT = 20_000;

/**
 * Lua functions that append events. An entry of a job's stream has the ID `N-0`, with N from 1 on without gaps, and the
 * fields `t` (ms since 1970) and `e` (JSON). An entry of the feed also has `d` (the job), `s` (its status), `n` (its N in
 * the job's stream).
 *
 * append_events(keys, id, subject, status, now, texts): `keys` are job, events, feed, position of the feed, channel.
 * append_log(keys, id, now, texts): the same keys; log lines and events of stacks are no part of the feed.
 * texts_from(first, last): the arguments from one to another, by default to the last.
 */
export const EVENT_FUNCTIONS = `
local EVENTS_LIMIT, BYTES_LIMIT, FEED_LIMIT = ${EVENTS_LIMIT}, ${EVENTS_BYTES_LIMIT}, ${FEED_LIMIT}

-- Adds numbered entries after the given number. Entries that something else has added can have higher numbers: continues after them.
-- Returns the last number.
local function add_entries(key, limit, last, count, fields)
  local function add(i)
    return redis.pcall('XADD', key, 'MAXLEN', '~', limit, string.format('%d-0', last + i), unpack(fields(i)))
  end
  local first = add(1)
  if type(first) == 'table' and first.err then
    local top = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
    last = top and tonumber(string.match(top[1], '^%d+')) or last
    redis.call('XADD', key, string.format('%d-0', last + 1), unpack(fields(1)))
  end
  for i = 2, count do add(i) end
  return last + count
end

local function append(keys, now, texts)
  local bytes = 0
  for _, text in ipairs(texts) do bytes = bytes + #text end
  local total = redis.call('HINCRBY', keys[1], 'event_bytes', bytes)
  local last = redis.call('HINCRBY', keys[1], 'events', #texts)
  local limit = EVENTS_LIMIT
  if total > BYTES_LIMIT then limit = math.min(limit, math.ceil(last * BYTES_LIMIT / total)) end
  if #texts == 0 then return last end
  local added = add_entries(keys[2], limit, last - #texts, #texts, function(i) return {'t', now, 'e', texts[i]} end)
  if added ~= last then redis.call('HSET', keys[1], 'events', string.format('%d', added)) end
  return added
end

local function append_events(keys, id, subject, status, now, texts)
  if #texts == 0 then return end
  local last = append(keys, now, texts)
  local feed = redis.call('INCRBY', keys[4], #texts)
  local added = add_entries(keys[3], FEED_LIMIT, feed - #texts, #texts, function(i)
    return {'t', now, 'd', subject, 's', status, 'n', string.format('%d', last - #texts + i), 'e', texts[i]}
  end)
  if added ~= feed then redis.call('SET', keys[4], string.format('%d', added)) end
  feed = added
  redis.call('PUBLISH', keys[5], cjson.encode({id = id, last = last, status = status, feed = feed}))
end

local function append_log(keys, id, now, texts)
  if #texts == 0 then return end
  local last = append(keys, now, texts)
  redis.call('PUBLISH', keys[5], cjson.encode({id = id, last = last}))
end

local function texts_from(first, last)
  local texts = {}
  for i = first, last or #ARGV do table.insert(texts, ARGV[i]) end
  return texts
end
`;
