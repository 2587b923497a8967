import { AwsReader, listingCodec, ROUTE53_SCOPE, StackListing } from '#aws';
import { type WorkerConfig } from '#config';
import { redisNow } from '#jobs';
import { keyspace, SharedValue, TokenBucket } from '#redis';
import { type Launcher, Senza, SenzaRuntime, Watchdog } from '#senza';
import { Logger } from '#telemetry';
import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SenzaRegions } from '../engine/failures.js';
import { type StepServices } from '../engine/step-context.js';
import { SENZA_LAUNCHER, STEP_SERVICES, WORKER_CONFIG } from './injection-tokens.js';
import { RedisConnections } from './redis-connections.js';
import { createSenzaLauncher } from './senza-launcher.js';
import { SenzaMetrics } from './senza-metrics.js';

/** AWS calls per second that all workers together make in one region, and the burst after a pause. */
const CALLS_PER_REGION = { perSecond: 20, burst: 60 };
/** Route 53 allows five requests per second and account (AWS: "Quotas on Amazon Route 53"); Senza needs some of them. */
const ROUTE53_CALLS = { perSecond: 3, burst: 10 };
/** How long the first AWS call can delay the start, in milliseconds. */
const WARM_UP_LIMIT_MS = 5_000;

function createStepServices(config: WorkerConfig, { commands: redis }: RedisConnections, senza: Senza): StepServices {
  const keys = keyspace(config.queuePrefix);
  const budget = new TokenBucket({
    redis,
    keys,
    family: 'budget',
    rate: CALLS_PER_REGION,
    rates: { [ROUTE53_SCOPE]: ROUTE53_CALLS },
  });
  const aws = new AwsReader(budget);
  return {
    aws,
    listing: new StackListing(new SharedValue({ redis, keys, family: 'listing', codec: listingCodec }), aws),
    senza,
    regions: new SenzaRegions(senza),
    pollMs: config.pollSeconds * 1000,
    now: () => redisNow(redis),
  };
}

/** Senza and read access to AWS, for the steps of all jobs. */
@Module({
  providers: [
    { provide: Watchdog, useFactory: () => new Watchdog() },
    SenzaMetrics,
    { provide: SENZA_LAUNCHER, useFactory: createSenzaLauncher, inject: [WORKER_CONFIG, Watchdog, Logger] },
    {
      provide: Senza,
      useFactory: ({ senza }: WorkerConfig, watchdog: Watchdog, launcher: Launcher, metrics: SenzaMetrics) =>
        new Senza({
          launcher,
          timeoutMs: senza.timeoutSeconds * 1000,
          limits: senza.limits,
          environment: senza.environment,
          watchdog,
          onEnd: (command, start, durationMs) => {
            metrics.ended(command, start, durationMs);
          },
        }),
      inject: [WORKER_CONFIG, Watchdog, SENZA_LAUNCHER, SenzaMetrics],
    },
    { provide: STEP_SERVICES, useFactory: createStepServices, inject: [WORKER_CONFIG, RedisConnections, Senza] },
  ],
  exports: [Senza, SenzaMetrics, STEP_SERVICES],
})
export class StepServicesModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(STEP_SERVICES) private readonly services: StepServices,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
    private readonly watchdog: Watchdog,
    @Inject(SENZA_LAUNCHER) private readonly launcher: Launcher,
    private readonly logger: Logger,
  ) {}

  /** Starts the watchdog and Senza's template, and makes a first AWS call, so that the first job has to load nothing. */
  async onModuleInit(): Promise<void> {
    this.watchdog.start();
    await Promise.all([this.launcher instanceof SenzaRuntime ? this.launcher.start() : undefined, this.warmUp()]);
  }

  /** Closes the AWS clients and ends Senza's template and the watchdog. */
  async onApplicationShutdown(): Promise<void> {
    this.services.aws.close();
    if (this.launcher instanceof SenzaRuntime) await this.launcher.stop();
    await this.watchdog.stop();
  }

  private async warmUp(): Promise<void> {
    const { region } = this.config;
    try {
      await this.services.aws.listStacks(region, AbortSignal.timeout(WARM_UP_LIMIT_MS));
    } catch (error) {
      this.logger.warn('AWS is unavailable; jobs wait or fail until it is available', { region, error });
    }
  }
}
