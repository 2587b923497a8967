import { WorkerConfig } from '#config';
import { type StackQuery, type StackQueryResult, StackQueryWorker } from '#jobs';
import { Module } from '@nestjs/common';
import { STEP_SERVICES } from '../core/injection-tokens.js';
import { ErrorReporter, withLogFields } from '#telemetry';
import { isRedisUnavailable, QueueErrorLogger } from '#redis';
import { RedisConnections } from '../core/redis-connections.js';
import { StepServicesModule } from '../engine/step-services.module.js';
import { type StepServices } from '../engine/step-context.js';
import { handleStackQuery } from './stack-queries.handler.js';

/** Answers a query. An unexpected error is reported here, and logged by the queue. */
async function answerQuery(
  services: StepServices,
  query: StackQuery,
  reporter: ErrorReporter,
): Promise<StackQueryResult> {
  try {
    return await handleStackQuery(services, query);
  } catch (error) {
    if (!isRedisUnavailable(error)) reporter.report(error);
    throw error;
  }
}

/** Executes the API's queries about stacks: the API has no AWS credentials. */
@Module({
  imports: [StepServicesModule],
  providers: [
    {
      provide: StackQueryWorker,
      useFactory: (
        { stackQueries }: RedisConnections,
        { queuePrefix }: WorkerConfig,
        services: StepServices,
        errors: QueueErrorLogger,
        reporter: ErrorReporter,
      ) =>
        new StackQueryWorker({
          connection: stackQueries,
          prefix: queuePrefix,
          answer: (query, { request_id, traceparent }) =>
            withLogFields({ request_id }, () => answerQuery(services, query, reporter), { traceparent }),
          onError: errors.log,
        }),
      inject: [RedisConnections, WorkerConfig, STEP_SERVICES, QueueErrorLogger, ErrorReporter],
    },
  ],
  exports: [StackQueryWorker],
})
export class StackQueriesModule {}
