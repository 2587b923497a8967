import { createHash } from 'node:crypto';
import { isNativeError } from 'node:util/types';
import { type Redis } from 'ioredis';
import { type z } from 'zod';

/** A Lua script as a function: keys, then arguments; the reply has been parsed. */
export type RedisScript<T> = (
  redis: Redis,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) => Promise<T>;

/**
 * Defines a Lua script. It is sent by its digest (EVALSHA), and as a whole only to a server that does not know it
 * (NOSCRIPT: after a restart, a fail-over, SCRIPT FLUSH).
 *
 * @param name appears in the error when the reply does not match the schema
 * @param reply the schema of the reply. Lua's numbers arrive as integers, `false` and `nil` as null, and an array ends at its first nil
 */
export function defineScript<T>(name: string, lua: string, reply: z.ZodType<T>): RedisScript<T> {
  return scriptOf({ name, lua, reply, call: (redis, command, args) => redis.call(command, [...args]) });
}

/** The same for a script that replies with bytes: its texts arrive as Buffers. */
export function defineBinaryScript<T>(name: string, lua: string, reply: z.ZodType<T>): RedisScript<T> {
  return scriptOf({ name, lua, reply, call: (redis, command, args) => redis.callBuffer(command, [...args]) });
}

interface ScriptDefinition<T> {
  readonly name: string;
  readonly lua: string;
  readonly reply: z.ZodType<T>;
  readonly call: (
    redis: Redis,
    command: 'eval' | 'evalsha',
    args: readonly (string | number | Buffer)[],
  ) => Promise<unknown>;
}

function scriptOf<T>({ name, lua, reply, call }: ScriptDefinition<T>): RedisScript<T> {
  const digest = createHash('sha1').update(lua).digest('hex');
  return async (redis, keys, args) => {
    const given = [keys.length, ...keys, ...args];
    const answer = await call(redis, 'evalsha', [digest, ...given]).catch((error: unknown) => {
      if (!isNoScript(error)) throw error;
      return call(redis, 'eval', [lua, ...given]);
    });
    const parsed = reply.safeParse(answer);
    if (!parsed.success)
      throw new TypeError(`the reply of the Redis script ${name} has an unexpected form`, { cause: parsed.error });
    return parsed.data;
  };
}

function isNoScript(error: unknown): boolean {
  return isNativeError(error) && error.message.startsWith('NOSCRIPT');
}
