import { AwsReader, listingCodec, StackListing, UNLIMITED } from '#aws';
import { DefinitionParser } from '#definition/parser.js';
import { JobDurations, jobKeys, redisNow, TrafficHistory } from '#jobs';
import { keyspace, SharedCache } from '#redis';
import { ExecutableLauncher, Senza, Watchdog } from '#senza';
import { type StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { type ExecutionEnvironment } from './job-execution.js';
import { FairSlots } from './fair-slots.js';
import { type StepServices } from './step-context.js';

/**
 * Services on the fixture's Redis, without Senza, and without AWS unless a fake of it is given.
 * @param woken gets the IDs of the jobs that are woken
 */
export function fakeServices(
  fixture: StoreFixture,
  { aws = new AwsReader(UNLIMITED), woken = [] }: { aws?: AwsReader; woken?: string[] } = {},
): StepServices {
  const { redis, prefix } = fixture;
  const shared = new SharedCache({ redis, keys: keyspace(prefix), family: 'listing', codec: listingCodec });
  return {
    aws,
    listing: new StackListing(shared, aws),
    eventCalls: { tryAcquire: () => Promise.resolve(false) },
    watched: { has: () => Promise.resolve(false) },
    senza: new Senza({
      launcher: new ExecutableLauncher('senza'),
      timeoutMs: 1000,
      environment: {},
      watchdog: new Watchdog(),
    }),
    definitions: new DefinitionParser(),
    traffic: new TrafficHistory(redis, jobKeys(prefix)),
    regions: { home: 'eu-west-1', refusalOf: () => Promise.resolve(null) },
    slots: new FairSlots(1, () => Promise.resolve(true)),
    health: { credentialsRejected: () => Promise.resolve(false), awsUnavailable: () => undefined },
    pollMs: 1000,
    now: () => redisNow(redis),
    wake: (id) => Promise.resolve(woken.push(id) > 0),
  };
}

/** What an execution needs besides its job. */
export function fakeEnvironment(
  fixture: StoreFixture,
  services: StepServices,
  redis = fixture.redis,
): ExecutionEnvironment {
  return {
    services,
    draining: () => false,
    audit: () => undefined,
    find: (id) => fixture.store.get(id),
    durations: new JobDurations(redis, fixture.keys),
  };
}
