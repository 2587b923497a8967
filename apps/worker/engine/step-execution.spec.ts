import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsError, AwsLooks, listingCodec, StackListing, UNLIMITED_BUDGET } from '#aws';
import { JobFailure, pendingStep, redisNow } from '#jobs';
import { keyspace, SharedValue } from '#redis';
import { Senza, Watchdog } from '#senza';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { JobLogWriter } from './job-log-writer.js';
import { Journal } from './journal.js';
import { PUT_OFF_LIMIT, UNCLEAR_LIMIT } from './retry-policy.js';
import { StepContext, type Surroundings } from './step-context.js';
import { StepRun } from './step-execution.js';
import { type Sight } from './step.js';

describe('the patience of a step', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  function surroundings(): Surroundings {
    const aws = new AwsLooks(UNLIMITED_BUDGET);
    const { redis, prefix } = fixture;
    const shared = new SharedValue({ redis, keys: keyspace(prefix), family: 'listing', codec: listingCodec });
    return {
      aws,
      listing: new StackListing(shared, aws),
      senza: new Senza({ command: 'senza', timeoutMs: 1000, environment: {}, watchdog: new Watchdog() }),
      regions: { refusalOf: () => Promise.resolve(null) },
      pollMs: 1000,
      now: () => redisNow(redis),
    };
  }

  /** What becomes of a step that sees one of these after the other, one delivery each. */
  async function outcomes(...sights: readonly (() => Sight)[]): Promise<unknown[]> {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    const around = surroundings();
    const journal = new Journal(claim, claim.job.progress, around.now);
    const record = pendingStep('patient');
    journal.progress.steps = [record];
    await journal.running();
    await journal.stepBegins(record);
    const context = new StepContext({}, around, record, claim, journal.progress, new JobLogWriter(claim));
    const found: unknown[] = [];
    for (const sight of sights) {
      const step = { name: 'patient', look: () => Promise.resolve().then(sight) };
      found.push(await new StepRun(step, context, journal, () => false).go().catch((error: unknown) => error));
    }
    claim.stop();
    return found;
  }

  const throttled = (): Sight => {
    throw new AwsError('throttled', 'slow down');
  };
  const unclear = (): Sight => ({ seen: 'unclear', why: 'not yet' });
  const waits: unknown = { waitMs: expect.any(Number) };

  it('with what it cannot tell is not used up by an AWS that throttles', async () => {
    const throttlings = Array.from({ length: UNCLEAR_LIMIT + 1 }, () => throttled);
    expect((await outcomes(...throttlings, unclear)).at(-1)).toEqual(waits);
  });

  it.each([
    ['throttled', PUT_OFF_LIMIT, throttled],
    ['unclear', UNCLEAR_LIMIT, unclear],
  ])('ends when it was %s %i times in a row', async (code, limit, sight) => {
    const found = await outcomes(...Array.from({ length: limit + 1 }, () => sight));
    expect(found.slice(0, limit)).toEqual(Array.from({ length: limit }, () => waits));
    expect(found.at(-1)).toBeInstanceOf(JobFailure);
    expect(found.at(-1)).toMatchObject({ code });
  });
});
