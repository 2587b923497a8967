import { ConfigurationError } from '#config';
import { type Redis } from 'ioredis';
import { isNativeError } from 'node:util/types';
import { z } from 'zod';
import { isPermissionDenied } from './errors.js';
import { keyspace } from './keyspace.js';
import { PROBE_CALLS } from './required-commands.js';
import { defineScript } from './script.js';

/**
 * Runs the calls and returns the commands that the user may not run.
 *
 * KEYS: a key that nothing else uses. ARGV: a channel, then the calls. Redis checks the permissions before anything else but the
 * number of arguments. Redis 6 says "can't run this command" and "can't access", later versions "ACL failure".
 */
const probeScript = defineScript(
  'permission-check',
  `local denied = {}
for i = 2, #ARGV do
  local call = {}
  for word in string.gmatch(ARGV[i], '%S+') do
    if word == 'KEY' then word = KEYS[1] elseif word == 'CHANNEL' then word = ARGV[1] end
    table.insert(call, word)
  end
  local reply = redis.pcall(unpack(call))
  local failure = type(reply) == 'table' and reply.err or ''
  for _, words in ipairs({'ACL failure', 'NOPERM', "can't run this command", "can't access"}) do
    if string.find(failure, words, 1, true) then
      table.insert(denied, call[1])
      break
    end
  end
end
return denied`,
  z.array(z.string()),
);

/**
 * Checks at startup that the Redis user has all permissions: a command that is denied later would interrupt each change in the middle.
 * @throws ConfigurationError with the commands, keys and channels to allow
 * @throws Redis errors while it is unavailable (`isRedisUnavailable`)
 */
export async function checkPermissions(redis: Redis, queuePrefix: string): Promise<void> {
  const keys = keyspace(queuePrefix);
  const name = keys.key('permission-check');
  const denied = await probeScript(redis, [name], [name, ...PROBE_CALLS]).catch((error: unknown) => {
    throw permissionError(error, queuePrefix) ?? error;
  });
  if (denied.length > 0) throw ConfigurationError.redisPermissions({ denied: denied.join(', '), tag: keys.tag });
}

/** The error that ends the process when `error` means that Redis denied a command; otherwise null. */
export function permissionError(error: unknown, queuePrefix: string): ConfigurationError | null {
  if (!isPermissionDenied(error) || !isNativeError(error)) return null;
  return ConfigurationError.redisPermissions({ denied: error.message, tag: keyspace(queuePrefix).tag });
}
