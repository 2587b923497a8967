import { z } from 'zod';
import { defineScript } from './script.js';

/**
 * KEYS: value (hash: started, data), flight, mark. ARGV: max age in ms or -1, floor in ms, token, flight's TTL in ms,
 * the `started` of the value that the process has in memory or -1, 1 if the mark does not matter.
 *
 * All times are Redis's, so that no process's clock matters. A value that began in the same millisecond as a change may
 * be older than it: it has to be newer than the mark. What begins after a mark is therefore counted from the next
 * millisecond on.
 */
export const claimScript = defineScript(
  'shared-value-claim',
  `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mark = tonumber(redis.call('GET', KEYS[3]) or '-1')
local floor = tonumber(ARGV[2])
if tonumber(ARGV[1]) >= 0 then floor = math.max(floor, now - tonumber(ARGV[1])) end
local floor_text = string.format('%.0f', floor)
local started = tonumber(redis.call('HGET', KEYS[1], 'started') or '-1')
if started >= 0 and started >= floor and (started > mark or ARGV[6] == '1') then
  local data = ''
  if started ~= tonumber(ARGV[5]) then data = redis.call('HGET', KEYS[1], 'data') end
  return {'hit', string.format('%.0f', started), floor_text, data}
end
if redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[4]) then
  return {'load', string.format('%.0f', math.max(now, mark + 1)), floor_text, ''}
end
return {'wait', redis.call('GET', KEYS[2]), floor_text, ''}`,
  z
    .tuple([z.enum(['hit', 'load', 'wait']), z.string(), z.coerce.number(), z.string()])
    .transform(([state, subject, floor, data]) => ({ state, subject, floor, data })),
);

/**
 * KEYS: value, flight. ARGV: token, started, data, the value's TTL in ms. A slower, older flight does not replace a newer
 * value.
 */
export const publishScript = defineScript(
  'shared-value-publish',
  `local stored = tonumber(redis.call('HGET', KEYS[1], 'started') or '-1')
if tonumber(ARGV[2]) >= stored then
  redis.call('HSET', KEYS[1], 'started', ARGV[2], 'data', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1`,
  z.literal(1),
);

/** KEYS: flight, failure of this flight. ARGV: token, the failure, its TTL in ms. */
export const failScript = defineScript(
  'shared-value-fail',
  `redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`,
  z.literal(1),
);

/** KEYS: flight. ARGV: token, TTL in ms. 0: the flight is not ours any more. */
export const extendScript = defineScript(
  'shared-value-extend',
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  z.number(),
);

/** KEYS: mark. ARGV: TTL in ms. */
export const markScript = defineScript(
  'shared-value-mark',
  `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mark = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', mark), 'PX', ARGV[1])
return string.format('%.0f', mark)`,
  z.coerce.number(),
);
