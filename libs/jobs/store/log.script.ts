import { defineScript } from '#redis';
import { z } from 'zod';

/**
 * Appends lines to a job's log for the claim that holds it; 0 when a younger claim has taken over. Each claim numbers what it
 * appends: what has been written already (the client sends again what a lost connection has not answered) is not again.
 */
export const appendLogScript = defineScript(
  'append-log',
  `
  if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return 0 end
  local limit, number = ARGV[3], tonumber(ARGV[4])
  local logged = redis.call('HMGET', KEYS[1], 'logged_by', 'logged')
  if logged[1] == ARGV[1] and number <= tonumber(logged[2]) then return 1 end
  redis.call('HSET', KEYS[1], 'logged_by', ARGV[1], 'logged', number)
  for i = 5, #ARGV do redis.call('XADD', KEYS[2], 'MAXLEN', '~', limit, '*', 'line', ARGV[i]) end
  redis.call('PUBLISH', KEYS[3], cjson.encode({id = ARGV[2], log = true}))
  return 1
  `,
  z.number(),
);
