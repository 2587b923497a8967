import { defineBinaryScript, defineScript } from '#redis';
import { z } from 'zod';
import { DAMAGED_REPLY } from '../../redis/damaged-history.error.js';
import { CHECKED_READ, HISTORY_FUNCTIONS } from '../../history/scripts.js';

/**
 * Reads the same fields of several jobs: one command costs a client much less than one for each job.
 * KEYS: jobs. ARGV: fields. Reply: per job its values, null for a field that it does not have; or why Redis cannot read it.
 */
export const readJobsScript = defineBinaryScript(
  'read-jobs',
  `
  local jobs = {}
  for i, key in ipairs(KEYS) do
    local values = redis.pcall('HMGET', key, unpack(ARGV))
    jobs[i] = values.err or values
  end
  return jobs
  `,
  z.array(z.unknown()),
);

/**
 * Reads the jobs at these positions of an order.
 * KEYS: none. ARGV: 1 prefix of the job table, 2 prefix of job keys, 3 positions of 4 bytes each, 4.. fields, first `finished` and two others.
 * Reply: per job null when there is none; else one text of its id (16 bytes) and its values, of a finished job only the first three, each
 * after its length (4 bytes, -1 for null); or its id and why Redis cannot read it. One text for each job: a client needs much longer for
 * the parts of a nested reply. An error that begins with `DAMAGED` names a part of the job table that is damaged.
 */
export const readPageScript = defineBinaryScript(
  'read-page',
  `${HISTORY_FUNCTIONS}${CHECKED_READ}
  local function framed(id, values)
    local parts = {id}
    for _, value in ipairs(values) do
      parts[#parts + 1] = struct.pack('>i4', value and #value or -1)
      parts[#parts + 1] = value or ''
    end
    return table.concat(parts)
  end
  local uuid = '%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x'
  local wanted, jobs = ARGV[3], {}
  for at = 1, #wanted, 4 do
    local position = struct.unpack('>I4', wanted, at)
    local start = (position % CHUNK) * ENTRY
    local table = ARGV[1] .. string.format('%d', math.floor(position / CHUNK))
    local id, job = read('GETRANGE', table, start, start + 15), false
    if id and #id < 16 and redis.call('EXISTS', table) == 1 then
      failure = failure or redis.error_reply('${DAMAGED_REPLY} ' .. table)
    elseif id and #id == 16 then
      local key = ARGV[2] .. string.format(uuid, string.byte(id, 1, 16))
      local values = redis.pcall('HMGET', key, ARGV[4], ARGV[5], ARGV[6])
      if not values.err and not values[1] then values = redis.pcall('HMGET', key, unpack(ARGV, 4)) end
      job = values.err and {id, values.err} or framed(id, values)
    end
    jobs[#jobs + 1] = job
  end
  return failure or jobs
  `,
  z.array(z.unknown()),
);

/** KEYS: 1 waiting. ARGV: ids. Reply: per job how many wait before it, -1 when it does not wait. */
export const waitingPositionsScript = defineScript(
  'waiting-positions',
  `
  local before = {}
  for i, id in ipairs(ARGV) do before[i] = redis.call('ZRANK', KEYS[1], id) or -1 end
  return before
  `,
  z.array(z.int()),
);
