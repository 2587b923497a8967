import { ApiConfig } from '#config';
import { StackQueryClient } from '#jobs';
import { type Redis, RedisConnections } from '#redis';
import { Logger } from '#telemetry';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import pTimeout from 'p-timeout';
import { StatusController } from '../status/status.controller.js';
import { StatusService } from '../status/status.service.js';
import { SyncJobService, StackJobRequests } from './stack-changes.service.js';
import { StackPresenter } from './stack.presenter.js';
import { StackChangesController } from './stack-changes.controller.js';
import { StackOptionsController, StacksController } from './stacks.controller.js';
import { StackReadsService } from './stack-reads.service.js';

const CLOSE_LIMIT_MS = 1_000;

const CONNECTIONS = Symbol('ReadConnections');
interface Connections {
  readonly commands: Redis;
  readonly events: Redis;
}

function connect(redis: RedisConnections): Connections {
  return {
    commands: redis.open('stack-queries', 'producer'),
    events: redis.open('stack-query-events', 'worker'),
  };
}

/** Queries that workers answer from AWS. The answers arrive on a blocking connection. */
@Module({
  providers: [
    { provide: CONNECTIONS, useFactory: connect, inject: [RedisConnections] },
    {
      provide: StackQueryClient,
      useFactory: ({ commands, events }: Connections, { queuePrefix }: ApiConfig, logger: Logger) =>
        new StackQueryClient({
          connection: commands,
          eventsConnection: events,
          prefix: queuePrefix,
          onError: (error) => {
            logger.debug('Queue of reads in trouble', { error: error.message });
          },
        }),
      inject: [CONNECTIONS, ApiConfig, Logger],
    },
  ],
  exports: [StackQueryClient],
})
export class StackQueriesModule implements OnApplicationShutdown {
  constructor(
    private readonly redis: RedisConnections,
    private readonly client: StackQueryClient,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    // Before the client, which would wait for its connections while Redis is unavailable.
    await this.redis.close();
    // A BullMQ connection that was never ready does not emit `end`, so its close() may not return.
    const closed = this.client.close().catch(() => undefined);
    await pTimeout(closed, { milliseconds: CLOSE_LIMIT_MS, message: false });
  }
}

/** Lizzy 2's API on top of jobs and reads: what pipelines and lizzy-client know. */

/** The controllers of Lizzy 2's calls. */
export const LIZZY_2_CONTROLLERS = [StatusController, StacksController, StackChangesController, StackOptionsController];

/** What they need beside the API's own providers and `ReadsModule`. */
export const LIZZY_2_PROVIDERS = [StatusService, SyncJobService, StackPresenter, StackReadsService, StackJobRequests];
