import { defineScript } from '#redis';
import { z } from 'zod';

/** Writes down that a job shall end, and calls the worker that runs it; `asked` also when it had been asked before. */
export const cancelScript = defineScript(
  'cancel-job',
  `
  local status = redis.call('HGET', KEYS[1], 'status')
  if not status then return 'gone' end
  if status ~= 'queued' and status ~= 'running' then return 'ended' end
  if ARGV[3] == '1' or redis.call('HEXISTS', KEYS[1], 'cancel') == 0 then
    redis.call('HSET', KEYS[1], 'cancel', ARGV[2])
    local revision = redis.call('HINCRBY', KEYS[1], 'revision', 1)
    redis.call('PUBLISH', KEYS[2], cjson.encode({id = ARGV[1], status = status, revision = revision}))
  end
  redis.call('PUBLISH', KEYS[3], ARGV[1])
  return 'asked'
  `,
  z.enum(['gone', 'ended', 'asked']),
);
