import { ConfigModule, type WorkerConfig } from '#config';
import { type JobKeys, jobKeys, JobQueue, JobStore, WorkerRegistry } from '#jobs';
import { QueueErrorLogger } from '#redis';
import { ErrorReporter, Logger, WorkerMetrics } from '#telemetry';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { JOB_KEYS } from './injection-tokens.js';
import { RedisConnections } from './redis-connections.js';
import { SenzaProcesses } from './senza-processes.js';
import { WorkerState } from './worker-state.js';

/** What exists before the module is created: a valid configuration, logging and error reporting. */
export interface CoreOptions {
  readonly config: WorkerConfig;
  readonly logger: Logger;
  readonly reporter: ErrorReporter;
  readonly metrics: WorkerMetrics;
  readonly senza: SenzaProcesses;
}

/** Configuration, logger, error reporter, Redis and the jobs in it, for every module of the worker. */
@Global()
@Module({})
export class CoreModule {
  static forRoot({ config, logger, reporter, metrics, senza }: CoreOptions): DynamicModule {
    return {
      module: CoreModule,
      imports: [ConfigModule.forWorker(config)],
      providers: [
        { provide: Logger, useValue: logger },
        { provide: ErrorReporter, useValue: reporter },
        { provide: WorkerMetrics, useValue: metrics },
        { provide: SenzaProcesses, useValue: senza },
        { provide: JOB_KEYS, useValue: jobKeys(config.queuePrefix) },
        RedisConnections,
        { provide: QueueErrorLogger, useValue: new QueueErrorLogger(logger) },
        WorkerState,
        {
          provide: JobStore,
          useFactory: ({ commands }: RedisConnections, keys: JobKeys) => new JobStore(commands, keys),
          inject: [RedisConnections, JOB_KEYS],
        },
        {
          provide: JobQueue,
          useFactory: ({ queue }: RedisConnections, errors: QueueErrorLogger) =>
            new JobQueue(queue, config.queuePrefix, errors.log),
          inject: [RedisConnections, QueueErrorLogger],
        },
        {
          provide: WorkerRegistry,
          useFactory: ({ commands }: RedisConnections) => new WorkerRegistry(commands, config.queuePrefix),
          inject: [RedisConnections],
        },
      ],
      exports: [
        Logger,
        ErrorReporter,
        WorkerMetrics,
        SenzaProcesses,
        JOB_KEYS,
        RedisConnections,
        QueueErrorLogger,
        WorkerState,
        JobStore,
        JobQueue,
        WorkerRegistry,
      ],
    };
  }
}
