import { ConfigurationError, type WorkerConfig } from '#config';
import { checkServer, closeRedis, connectRedis, type Redis } from '#redis';
import { ConnectionTrouble, Logger } from '#telemetry';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { WORKER_CONFIG } from './injection-tokens.js';

/** The worker's connections to Redis. Blocking reads and subscriptions each need a connection of their own. */
@Injectable()
export class RedisConnections implements OnModuleInit, OnApplicationShutdown {
  readonly commands: Redis;
  readonly queue: Redis;
  readonly jobs: Redis;
  readonly stackQueries: Redis;
  readonly subscriber: Redis;

  constructor(
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
    private readonly logger: Logger,
  ) {
    const outages = new ConnectionTrouble(logger);
    const open = (role: 'worker' | 'subscriber', name: string): Redis => {
      const { failed, ready } = outages.listener(name);
      const clientName = `lizzy-worker:${config.queuePrefix}:${name}`;
      return connectRedis({ ...config.redis, role, clientName, onError: failed }).on('ready', ready);
    };
    this.commands = open('worker', 'commands');
    this.queue = open('worker', 'queue');
    this.jobs = open('worker', 'jobs');
    this.stackQueries = open('worker', 'stack-queries');
    this.subscriber = open('subscriber', 'cancellations');
  }

  /**
   * Waits for Redis without a time limit, then checks that Redis does not evict keys.
   * @throws ConfigurationError when Redis can evict jobs and the configuration does not allow it
   */
  async onModuleInit(): Promise<void> {
    const { eviction, warnings } = await checkServer(this.commands);
    for (const warning of warnings) this.logger.warn(warning);
    if (eviction === null) return;
    if (!this.config.allowEviction) throw ConfigurationError.unfitStore(eviction);
    this.logger.warn('Redis can evict jobs when its memory is full', { maxmemory_policy: eviction });
  }

  /** Closes all connections. Never rejects. */
  async onApplicationShutdown(): Promise<void> {
    const { commands, queue, jobs, stackQueries, subscriber } = this;
    await Promise.all([commands, queue, jobs, stackQueries, subscriber].map(closeRedis));
  }
}
