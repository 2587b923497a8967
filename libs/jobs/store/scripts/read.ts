import { defineBinaryScript, defineScript } from '#redis';
import { z } from 'zod';

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
