import { type WorkerConfig, ConfigurationError } from '#config';
import { closeRedis, connectRedis, type Redis, checkServer } from '#redis';
import { ConnectionTrouble, type Logger } from '#telemetry';

/** The worker's connections to Redis. Blocking reads and subscriptions need one of their own each. */
export interface Connections {
  readonly commands: Redis;
  readonly queue: Redis;
  readonly consumer: Redis;
  readonly reads: Redis;
  readonly subscriber: Redis;
}

/** Opens them; they wait for Redis as long as it takes. */
export function openConnections({ redis }: WorkerConfig, logger: Logger): Connections {
  const trouble = new ConnectionTrouble(logger);
  const open = (role: 'worker' | 'subscriber', name: string): Redis => {
    const { failed, ready } = trouble.listener(name);
    const clientName = `lizzy-worker-${name}`;
    return connectRedis({ ...redis, role, clientName, onError: failed }).on('ready', ready);
  };
  return {
    commands: open('worker', 'commands'),
    queue: open('worker', 'queue'),
    consumer: open('worker', 'consumer'),
    reads: open('worker', 'stack-queries'),
    subscriber: open('subscriber', 'subscriber'),
  };
}

/** Closes them. Never rejects. */
export async function closeConnections(connections: Connections): Promise<void> {
  await Promise.all(Object.values(connections).map(closeRedis));
}

/**
 * Sees to it that the store keeps what it is given; waits for it as long as it takes.
 * @throws ConfigurationError when it may drop jobs
 */
export async function checkStore(redis: Redis, { allowEviction }: WorkerConfig, logger: Logger): Promise<void> {
  const { eviction, warnings } = await checkServer(redis);
  for (const warning of warnings) logger.warn(warning);
  if (eviction === null) return;
  if (!allowEviction) throw ConfigurationError.unfitStore(eviction);
  logger.warn('Redis may drop jobs when its memory is full', { maxmemory_policy: eviction });
}
