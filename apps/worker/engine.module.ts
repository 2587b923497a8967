import { WorkerConfig } from '#config';
import {
  auditFields,
  DamagedJobs,
  JobDurations,
  type JobKeys,
  JobQueue,
  JobStore,
  JobWorker,
  Reconciler,
  subscribeToCancellations,
  repairLogger,
} from '#jobs';
import { ErrorReporter, Logger, WorkerMetrics } from '#telemetry';
import { Inject, Module, type OnModuleInit, type OnModuleDestroy } from '@nestjs/common';
import { JOB_KEYS, STEP_SERVICES } from './core/injection-tokens.js';
import { QueueErrorLogger } from '#redis';
import { RedisConnections } from './core/redis-connections.js';
import { StepServicesModule } from './engine/step-services.module.js';
import { WorkerState } from './core/worker-state.js';
import { kinds } from './kinds/index.js';
import { FairSlots } from './engine/fair-slots.js';
import { JobProcessor } from './engine/job-processor.js';
import { longestWaitMs } from './engine/retry-policy.js';
import { type StepServices } from './engine/step-context.js';

/** Takes jobs from the queue and runs them. */
@Module({
  imports: [StepServicesModule],
  providers: [
    {
      provide: JobProcessor,
      useFactory: (
        { commands: redis }: RedisConnections,
        keys: JobKeys,
        store: JobStore,
        services: StepServices,
        state: WorkerState,
        logger: Logger,
        reporter: ErrorReporter,
        metrics: WorkerMetrics,
      ) =>
        new JobProcessor({
          redis,
          keys,
          store,
          worker: state.id,
          kinds,
          logger,
          reporter,
          slots: services.slots,
          damaged: new DamagedJobs(redis, keys, repairLogger(logger)),
          metrics,
          environment: {
            services,
            draining: () => state.draining,
            audit: (entry) => {
              logger.audit('Audit', auditFields(entry));
            },
            find: (id) => store.get(id),
            durations: new JobDurations(redis, keys),
          },
        }),
      inject: [RedisConnections, JOB_KEYS, JobStore, STEP_SERVICES, WorkerState, Logger, ErrorReporter, WorkerMetrics],
    },
    {
      provide: JobWorker,
      useFactory: (
        { jobs }: RedisConnections,
        config: WorkerConfig,
        processor: JobProcessor,
        errors: QueueErrorLogger,
      ) =>
        new JobWorker({
          connection: jobs,
          prefix: config.queuePrefix,
          // One more than the slots, so that BullMQ delivers every job and `FairSlots` decides which of them run.
          concurrency: FairSlots.limit(config.concurrency) + 1,
          process: (id) => processor.process(id),
          onError: errors.log,
        }),
      inject: [RedisConnections, WorkerConfig, JobProcessor, QueueErrorLogger],
    },
    {
      provide: Reconciler,
      useFactory: (
        { commands }: RedisConnections,
        keys: JobKeys,
        store: JobStore,
        queue: JobQueue,
        { pollSeconds }: WorkerConfig,
        errors: QueueErrorLogger,
        logger: Logger,
      ) => {
        const on = { error: errors.log, repaired: repairLogger(logger) };
        return new Reconciler(commands, keys, store, queue, on, longestWaitMs(pollSeconds * 1000));
      },
      inject: [RedisConnections, JOB_KEYS, JobStore, JobQueue, WorkerConfig, QueueErrorLogger, Logger],
    },
  ],
  exports: [JobProcessor, JobWorker],
})
export class EngineModule implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly processor: JobProcessor,
    private readonly reconciler: Reconciler,
    private readonly errors: QueueErrorLogger,
    private readonly connections: RedisConnections,
    @Inject(JOB_KEYS) private readonly keys: JobKeys,
  ) {}

  /** Subscribes to cancellations before the first job is taken; `HealthCheck` starts taking jobs. */
  async onModuleInit(): Promise<void> {
    await subscribeToCancellations(this.connections.subscriber, this.keys, (id) => {
      this.processor.cancel(id).catch(this.errors.log);
    });
    this.reconciler.start();
  }

  onModuleDestroy(): void {
    this.reconciler.stop();
  }
}
