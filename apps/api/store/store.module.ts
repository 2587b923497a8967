import { type ApiConfig, type ConfigurationError } from '#config';
import {
  IdempotencyKeys,
  JobChanges,
  type JobKeys,
  jobKeys,
  JobQueue,
  JobStore,
  StoreAge,
  WorkerRegistry,
} from '#jobs';
import { closeRedis, connectRedis, type Redis, redisReady, type RedisRole } from '#redis';
import { ConnectionTrouble, Logger } from '#telemetry';
import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { API_CONFIG, GIVE_UP } from '../process/tokens.js';
import { StoreCheck } from './store-check.js';

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
    subscriber: open('subscriber', 'changes'),
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
    StoreCheck,
    {
      provide: StoreAge,
      useFactory: ({ commands }: Connections, keys: JobKeys) => new StoreAge(commands, keys),
      inject: [CONNECTIONS, KEYS],
    },
    {
      provide: JobChanges,
      useFactory: ({ subscriber }: Connections, keys: JobKeys) => new JobChanges(subscriber, keys),
      inject: [CONNECTIONS, KEYS],
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
  exports: [JobStore, StoreAge, IdempotencyKeys, JobChanges, JobQueue, WorkerRegistry],
})
export class StoreModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(CONNECTIONS) private readonly connections: Connections,
    @Inject(GIVE_UP) private readonly giveUp: (why: ConfigurationError) => void,
    private readonly check: StoreCheck,
    private readonly changes: JobChanges,
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
    await this.check.atStart(commands, this.giveUp);
  }

  async onApplicationShutdown(): Promise<void> {
    const { commands, queue, subscriber } = this.connections;
    await Promise.all([commands, queue, subscriber].map(closeRedis));
    // After its connection: with Redis away it would wait for it.
    await this.queue.close().catch(() => undefined);
  }
}
