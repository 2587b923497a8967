import { ApiConfig, ConfigurationError } from '#config';
import { checkRedisServer, permissionError, QueueErrorLogger, type Redis, RedisConnector, redisReady } from '#redis';
import { ApiMetrics, Logger } from '#telemetry';
import { Inject, Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ON_FATAL, REDIS } from './injection-tokens.js';
import {
  AuditTrail,
  EventFollower,
  IdempotencyKeys,
  JobDurations,
  JobEvents,
  type JobKeys,
  jobKeys,
  JobQueue,
  JobStore,
  readStoreFigures,
  repairLogger,
  StoreEpoch,
  TrafficHistory,
  WatchedJobs,
  WorkerRegistry,
} from '#jobs';

/** Checks the permissions in Redis, and that it does not evict keys. */
@Injectable()
export class RedisCheck {
  constructor(
    private readonly config: ApiConfig,
    private readonly logger: Logger,
  ) {}

  /**
   * Checks Redis now, or as soon as it is available.
   * @param onError is called when Redis becomes available later and cannot be used
   * @throws ConfigurationError when Redis is available and cannot be used
   */
  async run(redis: Redis, onError: (error: ConfigurationError) => void): Promise<void> {
    if (redis.status !== 'ready') {
      this.checkLater(redis, onError);
      return;
    }
    await checkRedisServer(redis, this.config, this.logger).catch((error: unknown) => {
      if (error instanceof ConfigurationError) throw error;
      this.checkLater(redis, onError); // Redis became unavailable during the check.
    });
  }

  /** Why the process must end when this command failed; null when Redis may only be unavailable. */
  permissionError(error: unknown): ConfigurationError | null {
    return permissionError(error, this.config.queuePrefix);
  }

  private checkLater(redis: Redis, onError: (error: ConfigurationError) => void): void {
    redis.once('ready', () => {
      this.run(redis, onError).catch(onError);
    });
  }
}

/** The connections by use: a subscriber accepts no other commands, and the queue has its own. */
const CONNECTIONS = Symbol('Connections');
const KEYS = Symbol('JobKeys');
/** How long startup waits for Redis, in milliseconds. */
const FIRST_CONNECTION_MS = 2_000;

interface Connections {
  readonly commands: Redis;
  readonly queue: Redis;
  readonly subscriber: Redis;
}

function connect(redis: RedisConnector): Connections {
  return {
    commands: redis.open('commands', 'producer'),
    queue: redis.open('queue', 'producer'),
    subscriber: redis.open('job-events', 'subscriber'),
  };
}

/** The jobs in Redis. While Redis is unavailable, the process starts and responds with 503. */
@Module({
  providers: [
    { provide: CONNECTIONS, useFactory: connect, inject: [RedisConnector] },
    { provide: REDIS, useFactory: ({ commands }: Connections) => commands, inject: [CONNECTIONS] },
    { provide: KEYS, useFactory: ({ queuePrefix }: ApiConfig) => jobKeys(queuePrefix), inject: [ApiConfig] },
    {
      provide: JobStore,
      useFactory: ({ commands }: Connections, keys: JobKeys, logger: Logger) =>
        new JobStore(commands, keys, repairLogger(logger)),
      inject: [CONNECTIONS, KEYS, Logger],
    },
    {
      provide: AuditTrail,
      useFactory: ({ commands }: Connections, keys: JobKeys, { audit }: ApiConfig) =>
        new AuditTrail(commands, keys, audit),
      inject: [CONNECTIONS, KEYS, ApiConfig],
    },
    {
      provide: IdempotencyKeys,
      useFactory: ({ commands }: Connections, keys: JobKeys) => new IdempotencyKeys(commands, keys),
      inject: [CONNECTIONS, KEYS],
    },
    {
      provide: TrafficHistory,
      useFactory: ({ commands }: Connections, keys: JobKeys) => new TrafficHistory(commands, keys),
      inject: [CONNECTIONS, KEYS],
    },
    {
      provide: JobDurations,
      useFactory: ({ commands }: Connections, keys: JobKeys) => new JobDurations(commands, keys),
      inject: [CONNECTIONS, KEYS],
    },
    RedisCheck,
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
        new EventFollower(commands, keys, events, new WatchedJobs(commands, keys)),
      inject: [CONNECTIONS, KEYS, JobEvents],
    },
    {
      provide: JobQueue,
      useFactory: ({ queue }: Connections, { queuePrefix }: ApiConfig, errors: QueueErrorLogger) =>
        new JobQueue(queue, queuePrefix, errors.log),
      inject: [CONNECTIONS, ApiConfig, QueueErrorLogger],
    },
    {
      provide: WorkerRegistry,
      useFactory: ({ commands }: Connections, { queuePrefix }: ApiConfig) => new WorkerRegistry(commands, queuePrefix),
      inject: [CONNECTIONS, ApiConfig],
    },
  ],
  exports: [
    REDIS,
    AuditTrail,
    JobStore,
    EventFollower,
    StoreEpoch,
    TrafficHistory,
    JobDurations,
    IdempotencyKeys,
    JobEvents,
    JobQueue,
    WorkerRegistry,
  ],
})
export class JobsStoreModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(CONNECTIONS) private readonly connections: Connections,
    private readonly redis: RedisConnector,
    @Inject(ON_FATAL) private readonly onFatal: (error: ConfigurationError) => void,
    private readonly check: RedisCheck,
    private readonly changes: JobEvents,
    private readonly queue: JobQueue,
    private readonly logger: Logger,
    private readonly workers: WorkerRegistry,
    @Inject(KEYS) private readonly keys: JobKeys,
    private readonly metrics: ApiMetrics,
  ) {}

  async onModuleInit(): Promise<void> {
    const { commands, queue, subscriber } = this.connections;
    this.metrics.store.source = () => readStoreFigures(commands, this.keys, this.workers);
    const subscribed = this.changes.start().catch((error: unknown) => {
      const denied = this.check.permissionError(error);
      if (denied !== null) this.onFatal(denied);
      this.logger.debug('Subscription to job events failed', { error });
    });
    // Wait a moment for the first connections; the API starts without Redis, too, and responds with 503.
    const ready = await Promise.all([commands, queue, subscriber].map((each) => redisReady(each, FIRST_CONNECTION_MS)));
    if (ready.every(Boolean)) await subscribed;
    await this.check.run(commands, this.onFatal);
  }

  async onApplicationShutdown(): Promise<void> {
    // Before the queue, which would wait for its connection while Redis is unavailable.
    await this.redis.close();
    await this.queue.close().catch(() => undefined);
  }
}
