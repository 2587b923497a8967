import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsError } from '#aws';
import { JobFailedError, pendingStep } from '#jobs';
import { SenzaError } from '#senza';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { fakeServices } from './step-services.fixture.js';
import { JobLogWriter } from './job-log-writer.js';
import { droppedTelemetry } from './job-telemetry.fixture.js';
import { Journal } from './journal.js';
import { MAX_DEFERRALS, MAX_UNKNOWN_OBSERVATIONS } from './retry-policy.js';
import { StepContext } from './step-context.js';
import { StepExecution } from './step-execution.js';
import { type Observation } from './step.js';

describe('the deferral limit of a step', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  let healthChecks = 0;

  /** The outcomes of a step that makes these observations, one per delivery. */
  async function outcomes(...observations: readonly (() => Observation)[]): Promise<unknown[]> {
    return await outcomesOf(() => Promise.resolve(), ...observations);
  }

  /** @param apply the change that the step makes */
  async function outcomesOf(
    apply: () => Promise<void>,
    ...observations: readonly (() => Observation)[]
  ): Promise<unknown[]> {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    const services = {
      ...fakeServices(fixture),
      health: { credentialsRejected: () => Promise.resolve(false), awsUnavailable: () => (healthChecks += 1) },
    };
    const { submission, progress } = claim.job;
    const journal = new Journal(claim, progress, services, new JobLogWriter(claim), droppedTelemetry(submission));
    const record = pendingStep('patient');
    journal.progress.steps = [record];
    await journal.running(await services.now());
    await journal.stepStarted(record);
    const context = new StepContext({}, services, record, claim, journal.progress, new JobLogWriter(claim));
    const found: unknown[] = [];
    for (const observation of observations) {
      const step = { name: 'patient', observe: () => Promise.resolve().then(observation), apply };
      found.push(await new StepExecution(step, context, journal, () => false).run().catch((error: unknown) => error));
    }
    claim.stop();
    return found;
  }

  const throttled = (): Observation => {
    throw new AwsError('throttled', 'slow down');
  };
  const unclear = (): Observation => ({ state: 'unknown', why: 'not yet' });
  const waits: unknown = { waitMs: expect.any(Number) };

  it('for unreadable states is not used up by throttling', async () => {
    const throttlings = Array.from({ length: MAX_UNKNOWN_OBSERVATIONS + 1 }, () => throttled);
    expect((await outcomes(...throttlings, unclear)).at(-1)).toEqual(waits);
  });

  it('counts a worker without space for a command, so that another worker can take the job', async () => {
    const details = { command: 'senza create', exitCode: null, signal: null, outputTail: '' };
    const apply = (): Promise<void> => Promise.reject(new SenzaError('no_space', 'no space left', details));
    const notStarted = (): Observation => ({ state: 'not_started' });
    const found = await outcomesOf(apply, ...Array.from({ length: MAX_DEFERRALS + 1 }, () => notStarted));
    expect(found.slice(0, MAX_DEFERRALS)).toEqual(Array.from({ length: MAX_DEFERRALS }, () => waits));
    expect(found.at(-1)).toMatchObject({ code: 'senza_failed', data: { senza_error: 'no_space' } });
  });

  it('does not delay the health check: a step that cannot reach AWS asks for it, one that is throttled does not', async () => {
    const unreachable = (): Observation => {
      throw new AwsError('unavailable', 'no route to host');
    };
    const before = healthChecks;
    await outcomes(throttled, unreachable, throttled, unreachable);
    expect(healthChecks - before).toBe(2);
  });

  it.each([
    ['throttled', MAX_DEFERRALS, throttled],
    ['state_unknown', MAX_UNKNOWN_OBSERVATIONS, unclear],
  ])('ends when it was %s %i times in a row', async (code, limit, observation) => {
    const found = await outcomes(...Array.from({ length: limit + 1 }, () => observation));
    expect(found.slice(0, limit)).toEqual(Array.from({ length: limit }, () => waits));
    expect(found.at(-1)).toBeInstanceOf(JobFailedError);
    expect(found.at(-1)).toMatchObject({ code });
  });
});
