import { ApiConfig } from '#config';
import { StackQueryClient } from '#jobs';
import { QueueErrorLogger, RedisConnector } from '#redis';
import { ApiMetrics, currentRequestId, currentTraceparent } from '#telemetry';
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import pTimeout from 'p-timeout';

const CLOSE_LIMIT_MS = 1_000;

/** Queries of AWS that workers answer. The results arrive on a blocking connection. */
@Module({
  providers: [
    {
      provide: StackQueryClient,
      useFactory: (redis: RedisConnector, { queuePrefix }: ApiConfig, errors: QueueErrorLogger, metrics: ApiMetrics) =>
        new StackQueryClient({
          connection: redis.open('stack-queries', 'producer'),
          eventsConnection: redis.open('stack-query-events', 'worker'),
          prefix: queuePrefix,
          onError: errors.log,
          origin: () => ({ traceparent: currentTraceparent(), request_id: currentRequestId() }),
          onQuery: (query, outcome, milliseconds) => {
            metrics.stackQueries.observe({ query, outcome }, milliseconds / 1000);
          },
        }),
      inject: [RedisConnector, ApiConfig, QueueErrorLogger, ApiMetrics],
    },
  ],
  exports: [StackQueryClient],
})
export class StackQueriesModule implements OnApplicationShutdown {
  constructor(
    private readonly redis: RedisConnector,
    private readonly client: StackQueryClient,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    // Before the client, which would wait for its connections while Redis is unavailable.
    await this.redis.close();
    // A BullMQ connection that was never ready emits no `end`, and close() may wait for it forever.
    const closed = this.client.close().catch(() => undefined);
    await pTimeout(closed, { milliseconds: CLOSE_LIMIT_MS, message: false });
  }
}
