import { type WorkerConfig } from '#config';
import { type Redis, RedisConnections } from '#redis';
import { type Logger } from '#telemetry';

/** The worker's Redis connections. Blocking commands and subscriptions need one of their own each. */
export interface Connections {
  readonly commands: Redis;
  readonly queue: Redis;
  readonly consumer: Redis;
  readonly reads: Redis;
  readonly subscriber: Redis;
  /** Closes them all. Never rejects. */
  readonly close: () => Promise<void>;
}

/** Opens the connections; they wait for Redis as long as necessary. */
export function openConnections(config: WorkerConfig, logger: Logger): Connections {
  const redis = new RedisConnections({ config, client: 'lizzy-worker', logger });
  return {
    commands: redis.open('commands', 'worker'),
    queue: redis.open('queue', 'worker'),
    consumer: redis.open('consumer', 'worker'),
    reads: redis.open('stack-queries', 'worker'),
    subscriber: redis.open('subscriber', 'subscriber'),
    close: () => redis.close(),
  };
}
