import { AwsReader, listingCodec, ROUTE53_SCOPE, StackListing } from '#aws';
import { WorkerConfig } from '#config';
import { redisNow } from '#jobs';
import { keyspace, SharedCache, TokenBucket } from '#redis';
import { Senza, Watchdog } from '#senza';
import { Logger } from '#telemetry';
import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SenzaRegions } from '../engine/failures.js';
import { type StepServices } from '../engine/step-context.js';
import { STEP_SERVICES } from './injection-tokens.js';
import { RedisConnections } from './redis-connections.js';

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
    listing: new StackListing(new SharedCache({ redis, keys, family: 'listing', codec: listingCodec }), aws),
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
    {
      provide: Senza,
      useFactory: ({ senza }: WorkerConfig, watchdog: Watchdog) =>
        new Senza({
          command: senza.command,
          timeoutMs: senza.timeoutSeconds * 1000,
          environment: senza.environment,
          watchdog,
        }),
      inject: [WorkerConfig, Watchdog],
    },
    { provide: STEP_SERVICES, useFactory: createStepServices, inject: [WorkerConfig, RedisConnections, Senza] },
  ],
  exports: [Senza, STEP_SERVICES],
})
export class StepServicesModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(STEP_SERVICES) private readonly services: StepServices,
    private readonly config: WorkerConfig,
    private readonly watchdog: Watchdog,
    private readonly logger: Logger,
  ) {}

  /** Starts the watchdog, and makes a first AWS call, so that the first job does not have to load the SDK. */
  async onModuleInit(): Promise<void> {
    this.watchdog.start();
    const { region } = this.config;
    try {
      await this.services.aws.listStacks(region, AbortSignal.timeout(WARM_UP_LIMIT_MS));
    } catch (error) {
      this.logger.warn('AWS is unavailable; jobs wait or fail until it is available', { region, error });
    }
  }

  /** Closes the AWS clients and ends the watchdog. */
  async onApplicationShutdown(): Promise<void> {
    this.services.aws.close();
    await this.watchdog.stop();
  }
}
