import { type StackStatus } from '#aws';
import { type JobClaim, JobFailedError, type JobOutcome, nameScope, pendingStep, versionScope } from '#jobs';
import { type Redis } from '#redis';
import { ExecutableLauncher, Senza, Watchdog } from '#senza';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { type FakeSenza, makeFakeSenza } from '../../../libs/senza/fake-senza.fixture.js';
import { FaultProxy } from '../../../test/support/fault-proxy.js';
import { failJob } from '../engine/finalize.js';
import { JobExecution } from '../engine/job-execution.js';
import { JobLogWriter } from '../engine/job-log-writer.js';
import { droppedTelemetry } from '../engine/job-telemetry.fixture.js';
import { Journal } from '../engine/journal.js';
import { type StepServices } from '../engine/step-context.js';
import { fakeEnvironment, fakeServices } from '../engine/step-services.fixture.js';
import { type Step } from '../engine/step.js';
import { FakeStacks, stack } from './clean-up.fixture.js';
import { cleanUp, planCleanUp } from './clean-up.step.js';
import { type StackVersion } from './stack-versions.js';

const APP = { region: 'eu-west-1', name: 'app' };

function plan(versions: readonly StackVersion[], keep: number, receiving: readonly string[] = []) {
  const deployed = stack('0102', 50);
  const { remove, retained } = planCleanUp([...versions, deployed], { deployed, receiving: new Set(receiving), keep });
  return { remove: remove.map(({ version }) => version), retained: retained.map(({ stack: name }) => name) };
}

describe('planCleanUp', () => {
  it('keeps the newest by creation time, not by the text of the versions', () => {
    const versions = [stack('097', 1), stack('0101', 2), stack('99', 3), stack('1000', 4)];
    expect(plan(versions, 2)).toEqual({ remove: ['0101', '097'], retained: ['app-1000', 'app-99'] });
    expect(plan(versions, 0)).toEqual({ remove: ['1000', '99', '0101', '097'], retained: [] });
    expect(plan(versions, 9)).toEqual({ remove: [], retained: ['app-1000', 'app-99', 'app-0101', 'app-097'] });
  });

  it('never touches the deployed version or younger ones', () => {
    expect(plan([stack('zzz', 50), stack('000', 51), stack('001', 99, 'ROLLBACK_COMPLETE')], 0)).toEqual({
      remove: [],
      retained: [],
    });
  });

  it('deletes stacks that failed to be created, without counting them among those kept', () => {
    const versions = [stack('3', 3, 'ROLLBACK_COMPLETE'), stack('2', 2, 'CREATE_FAILED'), stack('1', 1)];
    expect(plan(versions, 1)).toEqual({ remove: ['3', '2'], retained: ['app-1'] });
  });

  it('retains stacks that receive traffic, without counting them among those kept', () => {
    expect(plan([stack('3', 3), stack('2', 2), stack('1', 1)], 1, ['app-3'])).toEqual({
      remove: ['1'],
      retained: ['app-3', 'app-2'],
    });
  });

  it.each<StackStatus>([
    'CREATE_IN_PROGRESS',
    'ROLLBACK_IN_PROGRESS',
    'ROLLBACK_FAILED',
    'UPDATE_IN_PROGRESS',
    'UPDATE_ROLLBACK_FAILED',
    'DELETE_IN_PROGRESS',
    'DELETE_FAILED',
    'UNKNOWN',
  ])('leaves and names what is in %s', (status) => {
    expect(plan([stack('1', 1, status)], 0)).toEqual({ remove: [], retained: ['app-1'] });
  });
});

describe('the step clean_up', () => {
  let fixture: StoreFixture;
  let senza: FakeSenza;
  beforeAll(async () => {
    [fixture, senza] = await Promise.all([StoreFixture.start(), makeFakeSenza('')]);
  });
  afterAll(async () => {
    await Promise.all([fixture.stop(), senza.remove()]);
  });

  const runOf = <Payload>(
    claim: JobClaim,
    steps: readonly Step<Payload>[],
    payload: Payload,
    services: StepServices,
  ) => {
    const { submission, progress } = claim.job;
    if (progress.steps.length === 0) progress.steps = steps.map(({ name }) => pendingStep(name));
    const writer = new JobLogWriter(claim);
    const journal = new Journal(claim, progress, services, writer, droppedTelemetry(submission));
    const environment = fakeEnvironment(fixture, services);
    const run = (): Promise<JobOutcome> => new JobExecution(steps, payload, claim, journal, writer, environment).run();
    return { claim, journal, run };
  };

  /** A clean-up after the last of the versions was deployed. `run` runs it until it ends or releases the lock of the name. */
  const prepare = async (
    aws: FakeStacks,
    {
      version,
      keep,
      redis = fixture.redis,
      command = senza.command,
    }: { version: string; keep: number; redis?: Redis; command?: string },
  ) => {
    const woken: string[] = [];
    const services = {
      ...fakeServices(fixture, { aws, woken }),
      senza: new Senza({
        launcher: new ExecutableLauncher(command),
        timeoutMs: 60_000,
        environment: {},
        watchdog: new Watchdog(),
      }),
    };
    const claim = await fixture.claim((await fixture.submit({ stack: 'app', version })).id, redis);
    return { ...runOf(claim, [cleanUp], { keep_stacks: keep }, services), services, woken };
  };

  /** A job of version 1 that is submitted while that is being deleted, and its outcome: it waits for the lock of the version. */
  const waitingJob = (aws: FakeStacks, services: StepServices) =>
    new Promise<{ id: string; outcome: JobOutcome; run: () => Promise<JobOutcome> }>((resolve) => {
      aws.onCheck = async () => {
        aws.onCheck = () => Promise.resolve();
        const { id } = await fixture.submit({ stack: 'app', version: '1' });
        const step: Step<object> = { name: 'any', observe: () => Promise.resolve({ state: 'done', message: 'done' }) };
        const { run } = runOf(await fixture.claim(id), [step], {}, services);
        resolve({ id, outcome: await run(), run });
      };
    });

  it('lets another job of the application run between two deletions, and reads the weights once for each', async () => {
    const aws = new FakeStacks(3);
    const { claim, journal, woken, run } = await prepare(aws, { version: '3', keep: 0 });
    const other = await fixture.claim((await fixture.submit({ stack: 'app', version: '99' })).id);
    const name = nameScope(APP);
    // Another job waits for the lock during each deletion.
    const seen: (string | null)[] = [];
    aws.onCheck = async () => {
      seen.push(await other.locks.acquire(name, { wait: true }));
    };

    for (const deleted of [['app-2'], ['app-2', 'app-1']]) {
      const outcome = await run();
      expect([aws.deleted, seen.at(-1), woken.at(-1)]).toEqual([
        deleted,
        claim.job.submission.id,
        other.job.submission.id,
      ]);
      // It leaves the other job time to take the lock.
      expect(outcome).toEqual({ status: 'delayed', delayMs: 1_000 });
      expect(await other.locks.acquire(name, { wait: true })).toBeNull();
      expect(await run()).toMatchObject({ status: 'delayed' });
      expect(journal.progress.waiting_for).toMatchObject({ reason: 'lock', job_id: other.job.submission.id });
      await other.locks.release(name);
    }
    expect(await run()).toEqual({ status: 'finished' });
    other.stop();

    expect(journal.progress.result).toEqual({ clean_up: { deleted: ['app-2', 'app-1'], retained: [] } });
    // The last reading finds nothing left to delete.
    expect(aws.recordsRead).toBe(3);
  });

  it('reports what it has deleted, and what it has not, when a deletion fails', async () => {
    const aws = new FakeStacks(5);
    aws.undeletable.push('app-2');
    const failing = await makeFakeSenza("if (process.argv.at(-1) === '2') process.exit(1);");
    const { claim, journal, run } = await prepare(aws, { version: '5', keep: 1, command: failing.command });
    expect((await run()).status).toBe('delayed');
    const failure = await run().catch((error: unknown) => error);
    if (!(failure instanceof JobFailedError)) throw new TypeError('the job has not failed', { cause: failure });
    await failJob(journal, failure, null);
    await failing.remove();

    expect((await fixture.store.get(claim.job.submission.id))?.progress.result).toEqual({
      clean_up: {
        deleted: ['app-3'],
        retained: [
          { stack: 'app-4', why: 'kept as one of the newest' },
          { stack: 'app-2', why: 'not deleted yet' },
          { stack: 'app-1', why: 'not deleted yet' },
        ],
      },
    });
  });

  it('lists the resources of each of 30 versions once, and of those that it deletes once more', async () => {
    const aws = new FakeStacks(30);
    const { claim, journal, run } = await prepare(aws, { version: '30', keep: 25 });
    let outcome = await run();
    while (outcome.status === 'delayed') outcome = await run();
    claim.stop();

    expect(journal.progress.result).toMatchObject({ clean_up: { deleted: ['app-4', 'app-3', 'app-2', 'app-1'] } });
    expect(aws.resourcesListed).toBe(30 + 4);
    // Once for each deletion, and once more to find nothing left to delete.
    expect(aws.recordsRead).toBe(5);
  });

  it('wakes a job that waits for a deleted version, also when Redis loses the reply to the release of the lock', async () => {
    let isReleasing = false;
    let lost = 0;
    const proxy = await FaultProxy.start(fixture.valkey.port, {
      faultOf: (request) => {
        if (!isReleasing || !request.includes(':lock:version:')) return 'none';
        isReleasing = false;
        lost += 1;
        return 'lose response';
      },
    });
    const aws = new FakeStacks(2);
    const redis = fixture.connect('worker', proxy.redisUrl);
    const { claim, services, woken, run } = await prepare(aws, { version: '2', keep: 0, redis });
    const release = claim.locks.release.bind(claim.locks);
    await release(versionScope({ ...APP, version: 'none' })); // From now on Redis knows the script.
    claim.locks.release = async (scope) => {
      isReleasing = scope.startsWith('version:');
      return await release(scope);
    };
    const waiting = waitingJob(aws, services);
    await run();

    const { id, outcome, run: runAgain } = await waiting;
    expect([outcome.status, lost, woken]).toEqual(['delayed', 1, [id]]);
    expect(await runAgain()).toEqual({ status: 'finished' });
    expect(await run()).toEqual({ status: 'finished' });
    proxy.stop();
  });

  it('delays a job that waits for a deleted version by seconds when its worker crashes before it wakes that job', async () => {
    const aws = new FakeStacks(2);
    const { claim, services, woken, run } = await prepare(aws, { version: '2', keep: 0 });
    const release = claim.locks.release.bind(claim.locks);
    claim.locks.release = async (scope) => {
      await release(scope);
      throw new Error('killed');
    };
    const waiting = waitingJob(aws, services);
    await expect(run()).rejects.toThrow('killed');
    await fixture.crash(claim);

    const { outcome, run: runAgain } = await waiting;
    expect(woken).toEqual([]);
    // It checks the lock by itself.
    expect(outcome).toEqual({ status: 'delayed', delayMs: 5_000 });
    expect(await runAgain()).toEqual({ status: 'finished' });
    const next = await fixture.claim(claim.job.submission.id);
    const successor = runOf(next, [cleanUp], { keep_stacks: 0 }, services);
    while ((await successor.run()).status === 'delayed');
    expect(successor.journal.progress.result).toEqual({ clean_up: { deleted: ['app-1'], retained: [] } });
  });
});
