import { ConfigurationError, type SharedConfig } from '#config';
import { type Logger } from '#telemetry';
import { type Redis } from 'ioredis';
import { isPermissionDenied, isRedisUnavailable } from './errors.js';
import { checkPermissions } from './permission-check.js';

/** Properties of a Redis server that decide whether jobs are safe in it. */
interface ServerProperties {
  /** The `maxmemory-policy`; null when it cannot be read. */
  readonly evictionPolicy: string | null;
  /** How the data survives a restart; null when it cannot be read. */
  readonly persistence: 'append_only_file' | 'snapshots' | 'none' | null;
}

/**
 * Checks that Lizzy may run its commands, and that Redis does not evict keys: BullMQ and the job records cannot lose single keys. Warns when jobs would not survive a
 * restart of Redis. A server or an ACL that hides these properties is no reason to fail.
 *
 * @throws ConfigurationError when a permission is missing, or the `maxmemory-policy` is not `noeviction` and eviction is not allowed
 * @throws Redis errors while it is unavailable (`isRedisUnavailable`)
 */
export async function checkRedisServer(
  redis: Redis,
  { allowEviction, queuePrefix }: Pick<SharedConfig, 'allowEviction' | 'queuePrefix'>,
  logger: Pick<Logger, 'warn'>,
): Promise<void> {
  await checkPermissions(redis, queuePrefix);
  const { evictionPolicy, persistence } = await readServerProperties(redis);
  const warning = warningAbout(persistence);
  if (warning !== null) logger.warn(warning);
  if (evictionPolicy === null) {
    logger.warn('The maxmemory-policy of Redis cannot be read; it must be noeviction');
  } else if (evictionPolicy !== 'noeviction') {
    if (!allowEviction) throw ConfigurationError.evictionPolicy(evictionPolicy);
    logger.warn('Redis can evict jobs when its memory is full', { maxmemory_policy: evictionPolicy });
  }
}

/** Reads the properties with INFO and, where needed, CONFIG GET. @throws Redis errors while it is unavailable */
async function readServerProperties(redis: Redis): Promise<ServerProperties> {
  const info = await nullIfDenied(redis.info());
  const evictionPolicy = infoField(info, 'maxmemory_policy');
  if (infoField(info, 'aof_enabled') === '1') return { evictionPolicy, persistence: 'append_only_file' };
  const save = await nullIfDenied(redis.config('GET', 'save'));
  if (save === null) return { evictionPolicy, persistence: null };
  return { evictionPolicy, persistence: configValue(save) === '' ? 'none' : 'snapshots' };
}

function warningAbout(persistence: ServerProperties['persistence']): string | null {
  switch (persistence) {
    case 'append_only_file':
      return null;
    case 'snapshots':
      return 'Redis writes snapshots only: a crash of Redis loses the jobs since the last one (appendonly no)';
    case 'none':
      return 'Redis does not persist its data: a restart of Redis loses all jobs';
    case null:
      return 'The persistence of Redis cannot be read; appendonly should be yes';
  }
}

/** The reply, or null when the server rejects this command (NOPERM, or a renamed command). */
async function nullIfDenied<T>(reply: Promise<T>): Promise<T | null> {
  try {
    return await reply;
  } catch (error) {
    if (isRedisUnavailable(error) && !isPermissionDenied(error)) throw error;
    return null;
  }
}

function infoField(info: string | null, name: string): string | null {
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(info ?? '')?.[1] ?? null;
}

/** `CONFIG GET` replies with names and values in turn. */
function configValue(reply: unknown): unknown {
  return Array.isArray(reply) ? reply[1] : undefined;
}
