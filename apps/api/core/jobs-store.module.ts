import { type ApiConfig, ConfigurationError } from '#config';
import { checkServer, type Redis, closeRedis, connectRedis, redisReady, type RedisRole } from '#redis';
import { Logger, ConnectionTrouble } from '#telemetry';
import { Inject, Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { API_CONFIG, ON_FATAL } from './injection-tokens.js';
import {
  EventFollower,
  IdempotencyKeys,
  JobEvents,
  type JobKeys,
  jobKeys,
  JobQueue,
  JobStore,
  StoreEpoch,
  WorkerRegistry,
} from '#jobs';

/** Sees to it that the store keeps what it is given. */
@Injectable()
export class RedisPolicyCheck {
  constructor(
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    private readonly logger: Logger,
  ) {}

  /**
   * Asks a Redis that is there; one that is away when it comes.
   * @param unfit is told of one that came later and may drop jobs
   * @throws ConfigurationError when the one that is there may drop jobs
   */
  async run(redis: Redis, unfit: (error: ConfigurationError) => void): Promise<void> {
    if (redis.status !== 'ready') {
      this.checkLater(redis, unfit);
      return;
    }
    await this.check(redis).catch((error: unknown) => {
      if (error instanceof ConfigurationError) throw error;
      this.checkLater(redis, unfit); // Gone again before it could answer.
    });
  }

  private checkLater(redis: Redis, unfit: (error: ConfigurationError) => void): void {
    redis.once('ready', () => {
      this.run(redis, unfit).catch(unfit);
    });
  }

  private async check(redis: Redis): Promise<void> {
    const { eviction, warnings } = await checkServer(redis);
    for (const warning of warnings) this.logger.warn(warning);
    if (eviction === null) return;
    if (!this.config.allowEviction) throw ConfigurationError.unfitStore(eviction);
    this.logger.warn('Redis can evict jobs when its memory is full', { maxmemory_policy: eviction });
  }
}

/** Connections by what they are for: a subscriber can do nothing else, and the queue has its own. */
const CONNECTIONS = Symbol('Connections');
const KEYS = Symbol('JobKeys');
/** How long the start waits for Redis, in milliseconds. */
const FIRST_CONNECTION_MS = 2_000;

interface Connections {
  readonly commands: Redis;
  readonly queue: Redis;
  readonly subscriber: Redis;
}

function connect({ redis, queuePrefix }: ApiConfig, logger: Logger): Connections {
  const trouble = new ConnectionTrouble(logger);
  const open = (role: RedisRole, name: string): Redis => {
    const { failed, ready } = trouble.listener(name);
    const clientName = `lizzy-api:${queuePrefix}:${name}`;
    return connectRedis({ ...redis, role, clientName, onError: failed }).on('ready', ready);
  };
  return {
    commands: open('producer', 'commands'),
    queue: open('producer', 'queue'),
    subscriber: open('subscriber', 'job-events'),
  };
}

/** The jobs in Redis. The process starts, and answers 503, while Redis is away. */
@Module({
  providers: [
    { provide: CONNECTIONS, useFactory: connect, inject: [API_CONFIG, Logger] },
    { provide: KEYS, useFactory: ({ queuePrefix }: ApiConfig) => jobKeys(queuePrefix), inject: [API_CONFIG] },
    {
      provide: JobStore,
      useFactory: ({ commands }: Connections, keys: JobKeys) => new JobStore(commands, keys),
      inject: [CONNECTIONS, KEYS],
    },
    {
      provide: IdempotencyKeys,
      useFactory: ({ commands }: Connections, keys: JobKeys) => new IdempotencyKeys(commands, keys),
      inject: [CONNECTIONS, KEYS],
    },
    RedisPolicyCheck,
    {
      provide: StoreEpoch,
      useFactory: ({ commands }: Connections, keys: JobKeys) => new StoreEpoch(commands, keys),
      inject: [CONNECTIONS, KEYS],
    },
    {
      provide: JobEvents,
      useFactory: ({ subscriber }: Connections, keys: JobKeys) => new JobEvents(subscriber, keys),
      inject: [CONNECTIONS, KEYS],
    },
    {
      provide: EventFollower,
      useFactory: ({ commands }: Connections, keys: JobKeys, events: JobEvents) =>
        new EventFollower(commands, keys, events),
      inject: [CONNECTIONS, KEYS, JobEvents],
    },
    {
      provide: JobQueue,
      useFactory: ({ queue }: Connections, { queuePrefix }: ApiConfig, logger: Logger) =>
        new JobQueue(queue, queuePrefix, (error) => {
          logger.debug('Queue in trouble', { error: error.message });
        }),
      inject: [CONNECTIONS, API_CONFIG, Logger],
    },
    {
      provide: WorkerRegistry,
      useFactory: ({ commands }: Connections, { queuePrefix }: ApiConfig) => new WorkerRegistry(commands, queuePrefix),
      inject: [CONNECTIONS, API_CONFIG],
    },
  ],
  exports: [JobStore, EventFollower, StoreEpoch, IdempotencyKeys, JobEvents, JobQueue, WorkerRegistry],
})
export class JobsStoreModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(CONNECTIONS) private readonly connections: Connections,
    @Inject(ON_FATAL) private readonly giveUp: (why: ConfigurationError) => void,
    private readonly check: RedisPolicyCheck,
    private readonly changes: JobEvents,
    private readonly queue: JobQueue,
    private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    const { commands, queue, subscriber } = this.connections;
    const subscribed = this.changes.start().catch((error: unknown) => {
      this.logger.debug('Changes of jobs not subscribed to', { error });
    });
    // A moment for the first connections; with Redis away the API starts all the same, and answers 503.
    const ready = await Promise.all([commands, queue, subscriber].map((each) => redisReady(each, FIRST_CONNECTION_MS)));
    if (ready.every(Boolean)) await subscribed;
    await this.check.run(commands, this.giveUp);
  }

  async onApplicationShutdown(): Promise<void> {
    const { commands, queue, subscriber } = this.connections;
    await Promise.all([commands, queue, subscriber].map(closeRedis));
    // After its connection: with Redis away it would wait for it.
    await this.queue.close().catch(() => undefined);
  }
}
