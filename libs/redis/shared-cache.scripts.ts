import { z } from 'zod';
import { defineScript } from './script.js';

/**
 * Looks a value up, or takes the lock that lets one process load it.
 *
 * KEYS: entry (hash: id, started_at, version, data), version, lock.
 * ARGV: maximum age in ms (-1: any), earliest start in ms since the epoch, load ID, TTL of the lock in ms, ID of the entry that
 * the process holds in memory (its data is not sent again), 1 to accept an entry of an earlier version.
 * Reply: state, ID (of the entry, of this load, or of the load to wait for), start in ms, version, earliest start in ms, data.
 *
 * All times are taken from Redis, so clocks of processes do not matter.
 */
export const acquireScript = defineScript(
  'shared-cache-acquire',
  `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local version = redis.call('GET', KEYS[2]) or '0'
local earliest = tonumber(ARGV[2])
if tonumber(ARGV[1]) >= 0 then earliest = math.max(earliest, now - tonumber(ARGV[1])) end
local earliest_text = string.format('%.0f', earliest)
local entry = redis.call('HMGET', KEYS[1], 'id', 'started_at', 'version')
if entry[1] and tonumber(entry[2]) >= earliest and (entry[3] == version or ARGV[6] == '1') then
  local data = ''
  if entry[1] ~= ARGV[5] then data = redis.call('HGET', KEYS[1], 'data') or '' end
  return {'hit', entry[1], entry[2], entry[3], earliest_text, data}
end
local now_text = string.format('%.0f', now)
if redis.call('SET', KEYS[3], ARGV[3], 'NX', 'PX', ARGV[4]) then
  return {'load', ARGV[3], now_text, version, earliest_text, ''}
end
-- One that never ends is not of a process of Lizzy.
if redis.call('PTTL', KEYS[3]) < 0 then redis.call('PEXPIRE', KEYS[3], ARGV[4]) end
return {'wait', redis.call('GET', KEYS[3]), now_text, version, earliest_text, ''}`,
  z
    .tuple([z.enum(['hit', 'load', 'wait']), z.string(), z.coerce.number(), z.string(), z.coerce.number(), z.string()])
    .transform(([state, id, startedAt, version, earliest, data]) => ({
      state,
      id,
      startedAt,
      version,
      earliest,
      data,
    })),
);

/**
 * Stores a loaded value and releases the lock. A slow load does not replace a value whose load started later.
 *
 * KEYS: entry, lock. ARGV: load ID, start in ms, version, data, TTL of the entry in ms. Reply: 1.
 */
export const publishScript = defineScript(
  'shared-cache-publish',
  `local stored = redis.call('HMGET', KEYS[1], 'started_at', 'version')
local age = tonumber(ARGV[2]) - tonumber(stored[1] or '-1')
if age > 0 or (age == 0 and tonumber(ARGV[3]) >= tonumber(stored[2])) then
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'started_at', ARGV[2], 'version', ARGV[3], 'data', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1`,
  z.literal(1),
);

/** Stores the error of a load and releases the lock. KEYS: lock, error. ARGV: load ID, error, its TTL in ms. Reply: 1. */
export const failScript = defineScript(
  'shared-cache-fail',
  `redis.call('SET', KEYS[2], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`,
  z.literal(1),
);

/** Extends the lock. KEYS: lock. ARGV: load ID, TTL in ms. Reply: 0 when another load holds it. */
export const extendScript = defineScript(
  'shared-cache-extend',
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  z.number(),
);
