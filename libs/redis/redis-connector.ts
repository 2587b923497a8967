import { type SharedConfig } from '#config';
import { type Logger } from '#telemetry';
import { type Redis } from 'ioredis';
import { closeRedis, connectRedis, type RedisRole } from './connection.js';
import { RedisOutageLogger } from './redis-outage-logger.js';

/** Dependencies of {@link RedisConnector}. */
export interface RedisConnectorOptions {
  readonly config: Pick<SharedConfig, 'redis' | 'queuePrefix'>;
  /** The name of the process in `CLIENT LIST`, for instance `lizzy-api`. */
  readonly client: string;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Opens and closes the Redis connections of a process. Blocking commands and subscriptions need a connection of their own each.
 * `CLIENT LIST` shows them as `CLIENT:PREFIX:NAME`.
 */
export class RedisConnector {
  private readonly opened: Redis[] = [];
  private closing: Promise<void> | undefined;
  private readonly outages: RedisOutageLogger;

  constructor(private readonly options: RedisConnectorOptions) {
    this.outages = new RedisOutageLogger(options.logger);
  }

  /** Returns at once; see `redisReady`. @param name what the connection is for, for instance `commands` */
  open(name: string, role: RedisRole): Redis {
    const { client, config } = this.options;
    const { onError, onReady } = this.outages.listener(name);
    const clientName = `${client}:${config.queuePrefix}:${name}`;
    const redis = connectRedis({ ...config.redis, role, clientName, onError }).on('ready', onReady);
    this.opened.push(redis);
    return redis;
  }

  /** Closes all connections; a second call waits for the first. Never rejects; takes two seconds at most. */
  async close(): Promise<void> {
    this.closing ??= Promise.all(this.opened.map(closeRedis)).then(() => undefined);
    await this.closing;
  }
}
