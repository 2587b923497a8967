import { AwsReader, type Stack, UNLIMITED } from '#aws';
import { type JobClaim, type JobOutcome, type LockScope, nameScope, pendingStep } from '#jobs';
import { SenzaError } from '#senza';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { JobExecution } from './job-execution.js';
import { JobLogWriter } from './job-log-writer.js';
import { droppedTelemetry } from './job-telemetry.fixture.js';
import { Journal } from './journal.js';
import { fakeEnvironment, fakeServices } from './step-services.fixture.js';
import { type Observation, type Step } from './step.js';

const waits: Observation = {
  state: 'in_progress',
  wait: { reason: 'cloudformation', stack: 'hello-v1', state: 'UPDATE_IN_PROGRESS' },
};
const change: Step<unknown> = {
  name: 'change',
  locksStackName: true,
  observe: () => Promise.resolve({ state: 'done', message: 'changed' }),
};
const wait: Step<unknown> = { name: 'wait', observe: () => Promise.resolve(waits) };

/** A fake of AWS in which every stack was created by one job. */
class StacksOfOneJob extends AwsReader {
  job = '';

  constructor() {
    super(UNLIMITED);
  }

  override stackByName(_region: string, name: string): Promise<Stack> {
    const now = new Date();
    const texts = { id: `arn:${name}`, name, statusReason: null, description: null };
    const state = { status: 'CREATE_COMPLETE', createdAt: now, updatedAt: null } as const;
    const tags = { LizzyJobId: this.job };
    return Promise.resolve({ ...texts, ...state, tags, parameters: [], terminationProtection: false });
  }
}

describe('the execution of a job', () => {
  let fixture: StoreFixture;
  const aws = new StacksOfOneJob();
  let woken: string[];
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  beforeEach(() => {
    woken = [];
  });
  afterAll(async () => {
    await fixture.stop();
  });

  const lockOf = (stack: string): LockScope => nameScope({ region: 'eu-west-1', name: stack });
  const claimNew = async (stack: string, version = 'v1'): Promise<JobClaim> =>
    await fixture.claim((await fixture.submit({ stack, version })).id);

  async function run(
    claim: JobClaim,
    steps: readonly Step<unknown>[],
    { services = fakeServices(fixture, { aws, woken }), redis = fixture.redis } = {},
  ): Promise<JobOutcome> {
    const { submission, progress } = claim.job;
    if (progress.steps.length === 0) progress.steps = steps.map(({ name }) => pendingStep(name));
    const writer = new JobLogWriter(claim);
    const journal = new Journal(claim, progress, services, writer, droppedTelemetry(submission));
    const environment = fakeEnvironment(fixture, services, redis);
    return await new JobExecution(steps, {}, claim, journal, writer, environment).run();
  }

  it('releases the locks of a finished step whose worker crashed before it could', async () => {
    const claim = await claimNew('left');
    const { id } = claim.job.submission;
    // The worker of the first claim dies between the record of the step's end and the release of its locks.
    claim.locks.release = () => Promise.reject(new Error('killed'));
    await expect(run(claim, [change, wait])).rejects.toThrow('killed');
    await fixture.crash(claim);
    const other = await claimNew('left', 'v2');
    expect(await other.locks.acquire(lockOf('left'), { wait: true })).toBe(id);

    const next = await fixture.claim(id);
    expect(await run(next, [change, wait])).toMatchObject({ status: 'delayed' });
    expect(woken).toEqual([other.job.submission.id]);
    expect(await other.locks.acquire(lockOf('left'), { wait: true })).toBeNull();
    for (const each of [next, other]) await each.releaseClaim();
    await other.locks.release(lockOf('left'));
  });

  it('keeps the lock of the stack name from the first command on when a step compares the state before and after', async () => {
    const details = { command: 'senza update', exitCode: 1, signal: null, outputTail: '' };
    let observation: Observation = waits;
    const update: Step<unknown> = {
      ...change,
      releasesLockWhileWaiting: 'until_first_change',
      observe: () => Promise.resolve(observation),
      apply: () => Promise.reject(new SenzaError('throttled', 'Rate exceeded', details)),
    };
    const claim = await claimNew('kept');
    const other = await claimNew('kept', 'v2');
    expect(await run(claim, [update])).toMatchObject({ status: 'delayed' });
    expect(await other.locks.acquire(lockOf('kept'), { wait: false })).toBeNull();
    await other.locks.release(lockOf('kept'));

    observation = { state: 'not_started' };
    expect(await run(claim, [update])).toMatchObject({ status: 'delayed' });
    expect(claim.job.progress.waiting_for).toMatchObject({ reason: 'throttled' });
    expect(await other.locks.acquire(lockOf('kept'), { wait: false })).toBe(claim.job.submission.id);
    claim.stop();
    other.stop();
  });

  it('is finished, and wakes the next job, when Redis fails after its end', async () => {
    const claim = await claimNew('ended');
    const next = await fixture.submit({ stack: 'ended' });
    const gone = fixture.connect();
    gone.disconnect();
    expect(await run(claim, [{ ...change, locksStackName: false }], { redis: gone })).toEqual({ status: 'finished' });
    expect(woken).toEqual([next.id]);
  });

  it('is not cancelled before the requested deletion of its stack was tried', async () => {
    const claim = await claimNew('removed');
    const { id } = claim.job.submission;
    aws.job = id;
    const create = { ...wait, name: 'create' };
    await run(claim, [create]);
    claim.job.progress.steps[0]?.journal.push({
      started_at: new Date().toISOString(),
      ended_at: null,
      succeeded: null,
    });
    await fixture.store.cancel(id, { requestedBy: 'tester', deleteStack: true });
    await claim.renew();
    const services = fakeServices(fixture, { aws, woken });
    services.listing.invalidate = () =>
      Promise.reject(new Error("READONLY You can't write against a read only replica."));
    await expect(run(claim, [create], { services })).rejects.toThrow('READONLY');
    expect((await fixture.store.get(id))?.progress.status).toBe('running');
    claim.stop();
  });
});
