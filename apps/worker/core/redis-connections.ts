import { WorkerConfig } from '#config';
import { checkRedisServer, isRedisUnavailable, type Redis, RedisConnector } from '#redis';
import { Logger } from '#telemetry';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long the start waits until it asks a Redis again that has rejected a command, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** The worker's connections to Redis. Blocking reads and subscriptions each need a connection of their own. */
@Injectable()
export class RedisConnections implements OnModuleInit, OnApplicationShutdown {
  readonly commands: Redis;
  readonly queue: Redis;
  readonly jobs: Redis;
  readonly stackQueries: Redis;
  readonly subscriber: Redis;
  private readonly connector: RedisConnector;

  constructor(
    private readonly config: WorkerConfig,
    private readonly logger: Logger,
  ) {
    this.connector = new RedisConnector({ config, client: 'lizzy-worker', logger });
    this.commands = this.connector.open('commands', 'worker');
    this.queue = this.connector.open('queue', 'worker');
    this.jobs = this.connector.open('jobs', 'worker');
    this.stackQueries = this.connector.open('stack-queries', 'worker');
    this.subscriber = this.connector.open('cancellations', 'subscriber');
  }

  /**
   * Waits for Redis without a time limit, also for one that rejects the password, then checks that Redis does not evict keys.
   * @throws ConfigurationError when Redis can evict jobs and the configuration does not allow it
   */
  async onModuleInit(): Promise<void> {
    for (;;) {
      try {
        await checkRedisServer(this.commands, this.config, this.logger);
        return;
      } catch (error) {
        // A lost connection only makes commands wait, but Redis rejects them while it loads its data, or the password is wrong.
        if (!isRedisUnavailable(error)) throw error;
        await sleep(CHECK_INTERVAL_MS);
      }
    }
  }

  /** Closes all connections. Never rejects. */
  async onApplicationShutdown(): Promise<void> {
    await this.connector.close();
  }
}
