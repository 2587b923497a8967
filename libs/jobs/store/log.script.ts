import { defineScript } from '#redis';
import { z } from 'zod';

/** Appends lines to a job's log for the claim that holds it; 0 when a younger claim has taken over. */
export const appendLogScript = defineScript(
  'append-log',
  `
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
  local limit = ARGV[3]
  for i = 4, #ARGV do redis.call('XADD', KEYS[2], 'MAXLEN', '~', limit, '*', 'line', ARGV[i]) end
  redis.call('PUBLISH', KEYS[3], cjson.encode({id = ARGV[2], log = true}))
  return 1
  `,
  z.number(),
);
