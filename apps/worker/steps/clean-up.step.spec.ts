import { AwsReader, type DomainWeights, type Stack, type StackStatus, type StackSummary, UNLIMITED } from '#aws';
import { type JobOutcome, nameScope, pendingStep } from '#jobs';
import { ExecutableLauncher, Senza, Watchdog } from '#senza';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { type FakeSenza, makeFakeSenza } from '../../../libs/senza/fake-senza.fixture.js';
import { JobExecution } from '../engine/job-execution.js';
import { JobLogWriter } from '../engine/job-log-writer.js';
import { droppedTelemetry } from '../engine/job-telemetry.fixture.js';
import { Journal } from '../engine/journal.js';
import { fakeEnvironment, fakeServices } from '../engine/step-services.fixture.js';
import { cleanUp, planCleanUp } from './clean-up.step.js';
import { type StackVersion } from './stack-versions.js';

const DAY_MS = 24 * 3600 * 1000;

function stack(version: string, day: number, status: StackStatus = 'CREATE_COMPLETE'): StackVersion {
  const name = `app-${version}`;
  return {
    id: `arn:${name}`,
    name,
    version,
    status,
    statusReason: null,
    createdAt: new Date(day * DAY_MS),
    updatedAt: null,
    description: null,
  };
}

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

/** A fake of AWS with versions of one domain; each is deleted as soon as the step has checked it. Counts its calls. */
class FakeStacks extends AwsReader {
  /** How many times the resources of a stack were listed. */
  resourcesListed = 0;
  /** How many times the records of a domain were read. */
  recordsRead = 0;
  readonly deleted: string[] = [];
  onCheck: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly versions: number) {
    super(UNLIMITED);
  }

  override listStacks(): Promise<StackSummary[]> {
    const all = Array.from({ length: this.versions }, (_, index) => stack(String(index + 1), index + 1));
    return Promise.resolve(all.filter(({ name }) => !this.deleted.includes(name)));
  }

  override async stackByName(_region: string, name: string): Promise<Stack> {
    this.deleted.push(name);
    await this.onCheck();
    return { ...stack('any', 1), name, tags: {}, parameters: [], terminationProtection: false };
  }

  override weights(
    _region: string,
    stacks: readonly string[],
    _signal?: AbortSignal,
    domains: readonly string[] = [],
  ): Promise<DomainWeights[]> {
    this.resourcesListed += stacks.length;
    this.recordsRead += 1;
    if (stacks.length === 0 && domains.length === 0) return Promise.resolve([]);
    const weights = new Map([[`app-${this.versions}`, 100]]);
    return Promise.resolve([
      { domain: 'app.example.org', variant: null, variants: 1, owners: stacks, weights, records: [] },
    ]);
  }
}

describe('the step clean_up', () => {
  let fixture: StoreFixture;
  let senza: FakeSenza;
  beforeAll(async () => {
    [fixture, senza] = await Promise.all([StoreFixture.start(), makeFakeSenza('')]);
  });
  afterAll(async () => {
    await Promise.all([fixture.stop(), senza.remove()]);
  });

  /** A clean-up after the last of the versions was deployed. `run` runs it until it ends or releases the lock of the name. */
  const prepare = async (aws: FakeStacks, { version, keep }: { version: string; keep: number }) => {
    const woken: string[] = [];
    const services = {
      ...fakeServices(fixture, { aws, woken }),
      senza: new Senza({
        launcher: new ExecutableLauncher(senza.command),
        timeoutMs: 60_000,
        environment: {},
        watchdog: new Watchdog(),
      }),
    };
    const claim = await fixture.claim((await fixture.submit({ stack: 'app', version })).id);
    const { submission, progress } = claim.job;
    progress.steps = [pendingStep('clean_up')];
    const writer = new JobLogWriter(claim);
    const journal = new Journal(claim, progress, services, writer, droppedTelemetry(submission));
    const environment = fakeEnvironment(fixture, services);
    const run = (): Promise<JobOutcome> =>
      new JobExecution([cleanUp], { keep_stacks: keep }, claim, journal, writer, environment).run();
    return { claim, journal, woken, run };
  };

  it('lets another job of the application run between two deletions, and reads the weights once for each', async () => {
    const aws = new FakeStacks(3);
    const { claim, journal, woken, run } = await prepare(aws, { version: '3', keep: 0 });
    const other = await fixture.claim((await fixture.submit({ stack: 'app', version: '99' })).id);
    const name = nameScope({ region: 'eu-west-1', name: 'app' });
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

  it('lists the resources of each of 30 versions once, however many it deletes', async () => {
    const aws = new FakeStacks(30);
    const { claim, journal, run } = await prepare(aws, { version: '30', keep: 25 });
    let outcome = await run();
    while (outcome.status === 'delayed') outcome = await run();
    claim.stop();

    expect(journal.progress.result).toMatchObject({ clean_up: { deleted: ['app-4', 'app-3', 'app-2', 'app-1'] } });
    expect(aws.resourcesListed).toBe(30);
    // Once for each deletion, and once more to find nothing left to delete.
    expect(aws.recordsRead).toBe(5);
  });
});
