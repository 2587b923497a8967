import { AwsReader, listingCodec, ROUTE53_SCOPE, StackListing } from '#aws';
import { type WorkerConfig } from '#config';
import { DefinitionParser } from '#definition';
import { redisNow } from '#jobs';
import { keyspace, type Redis, SharedValue, TokenBucket } from '#redis';
import { Senza, type Watchdog } from '#senza';
import { type StepServices } from '../engine/step-context.js';
import { SenzaRegions } from '../engine/failures.js';

/** How many looks at AWS all workers together make per second in one region, and at once after a pause. */
const CALLS_PER_REGION = { perSecond: 20, burst: 60 };
/** Route 53 answers five requests per second and account (AWS: "Quotas on Amazon Route 53"); Senza needs some of them. */
const ROUTE53_CALLS = { perSecond: 3, burst: 10 };

/** What the steps of all jobs work with. */
export function createStepServices(config: WorkerConfig, redis: Redis, watchdog: Watchdog): StepServices {
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
    command: config.senza.command,
    timeoutMs: config.senza.timeoutSeconds * 1000,
    environment: config.senza.environment,
    watchdog,
  });
  return {
    aws,
    listing: new StackListing(new SharedValue({ redis, keys, family: 'listing', codec: listingCodec }), aws),
    senza,
    definitions: new DefinitionParser(),
    regions: new SenzaRegions(senza),
    pollMs: config.pollSeconds * 1000,
    now: () => redisNow(redis),
  };
}
