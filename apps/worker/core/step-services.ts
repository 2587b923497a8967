import { AwsReader, listingCodec, ROUTE53_SCOPE, StackListing } from '#aws';
import { type WorkerConfig } from '#config';
import { redisNow } from '#jobs';
import { keyspace, type Redis, SharedValue, TokenBucket } from '#redis';
import { type CommandStart, type Launcher, Senza, type Watchdog } from '#senza';
import { type StepServices } from '../engine/step-context.js';
import { SenzaRegions } from '../engine/failures.js';

/** How many looks at AWS all workers together make per second in one region, and at once after a pause. */
const CALLS_PER_REGION = { perSecond: 20, burst: 60 };
/** Route 53 answers five requests per second and account (AWS: "Quotas on Amazon Route 53"); Senza needs some of them. */
const ROUTE53_CALLS = { perSecond: 3, burst: 10 };

/** How Senza's commands are run and measured. */
export interface SenzaProcesses {
  readonly watchdog: Watchdog;
  readonly launcher: Launcher;
  readonly onEnd: (command: string, start: CommandStart, durationMs: number) => void;
}

/** What the steps of all jobs work with. */
export function createStepServices(config: WorkerConfig, redis: Redis, processes: SenzaProcesses): StepServices {
  const keys = keyspace(config.queuePrefix);
  const budget = new TokenBucket({
    redis,
    keys,
    family: 'budget',
    rate: CALLS_PER_REGION,
    rates: { [ROUTE53_SCOPE]: ROUTE53_CALLS },
  });
  const aws = new AwsReader(budget);
  const senza = new Senza({
    ...processes,
    timeoutMs: config.senza.timeoutSeconds * 1000,
    limits: config.senza.limits,
    environment: config.senza.environment,
  });
  return {
    aws,
    listing: new StackListing(new SharedValue({ redis, keys, family: 'listing', codec: listingCodec }), aws),
    senza,
    regions: new SenzaRegions(senza),
    pollMs: config.pollSeconds * 1000,
    now: () => redisNow(redis),
  };
}
