import { WorkerConfig } from '#config';
import { StackQueryWorker } from '#jobs';
import { Module } from '@nestjs/common';
import { STEP_SERVICES } from '../core/injection-tokens.js';
import { withLogFields } from '#telemetry';
import { QueueErrorLogger } from '#redis';
import { RedisConnections } from '../core/redis-connections.js';
import { StepServicesModule } from '../engine/step-services.module.js';
import { type StepServices } from '../engine/step-context.js';
import { handleStackQuery } from './stack-queries.handler.js';

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
      ) =>
        new StackQueryWorker({
          connection: stackQueries,
          prefix: queuePrefix,
          answer: (query, { request_id, traceparent }) =>
            withLogFields({ request_id }, () => handleStackQuery(services, query), { traceparent }),
          onError: errors.log,
        }),
      inject: [RedisConnections, WorkerConfig, STEP_SERVICES, QueueErrorLogger],
    },
  ],
  exports: [StackQueryWorker],
})
export class StackQueriesModule {}
