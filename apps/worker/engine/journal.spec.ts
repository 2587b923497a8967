import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pendingStep, redisNow } from '#jobs';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { JobLogWriter } from './job-log-writer.js';
import { droppedTelemetry } from './job-telemetry.fixture.js';
import { Journal } from './journal.js';

describe('Journal', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  /** A claimed job whose journal reports that it runs. @param now its clock, in milliseconds since 1970: that of Redis by default */
  async function running(
    now: () => Promise<number> = () => redisNow(fixture.redis),
  ): Promise<{ id: string; journal: Journal; writer: JobLogWriter }> {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    const writer = new JobLogWriter(claim);
    const journal = new Journal(
      claim,
      claim.job.progress,
      { now, pollMs: 1000 },
      writer,
      droppedTelemetry(claim.job.submission),
    );
    await journal.running(await now());
    return { id, journal, writer };
  }

  it('does not report a job as finished that still runs after its cancellation was requested', async () => {
    const { id, journal } = await running();
    await fixture.store.cancel(id, { requestedBy: 'canceller', deleteStack: false });

    expect(await journal.finish({ status: 'succeeded', error: null, result: null })).toBe('cancel_requested');
    // What is left to be done may have to wait for a lock.
    await journal.waitingFor({ reason: 'throttled', detail: 'anything' });
    expect((await fixture.store.get(id))?.progress).toMatchObject({ status: 'running', finished_at: null });
    await journal.finish({ status: 'cancelled', error: null, result: null });
    expect(await fixture.leakedKeys()).toEqual([]);
  });

  it('logs a change of what the job waits for, and one line a minute while that is the same', async () => {
    let seconds = 1_000_000;
    const { id, journal, writer } = await running(() => Promise.resolve(seconds * 1_000));
    const waitFor = async (state: string, forSeconds: number): Promise<void> => {
      for (const end = seconds + forSeconds; seconds < end; seconds += 10) {
        await journal.waitingFor({ reason: 'cloudformation', stack: 'hello-v1', state });
      }
    };
    await waitFor('CREATE_IN_PROGRESS', 190);
    await waitFor('ROLLBACK_IN_PROGRESS', 70);
    await writer.flush();

    const { lines } = await fixture.store.log({ id, after: 0, limit: 99 });
    expect(lines.map(({ text }) => text)).toEqual([
      'Waiting: stack hello-v1: CREATE_IN_PROGRESS',
      'Still waiting after 1 min: stack hello-v1: CREATE_IN_PROGRESS',
      'Still waiting after 2 min: stack hello-v1: CREATE_IN_PROGRESS',
      'Still waiting after 3 min: stack hello-v1: CREATE_IN_PROGRESS',
      'Waiting: stack hello-v1: ROLLBACK_IN_PROGRESS',
      'Still waiting after 1 min: stack hello-v1: ROLLBACK_IN_PROGRESS',
    ]);
    await journal.finish({ status: 'cancelled', error: null, result: null });
  });

  it('reports since when AWS defers a job, whatever the reason of each failed attempt was', async () => {
    let seconds = 1_000_000;
    const { journal } = await running(() => Promise.resolve(seconds * 1_000));
    const step = pendingStep('create');
    const attempt = async (succeeded: boolean): Promise<void> => {
      await journal.applyStarted(step, { madeProgress: false });
      expect(journal.progress.waiting_for).toBeNull();
      await journal.applyFinished(step, succeeded);
      seconds += 10;
    };
    const deferred = async (detail: string): Promise<string | undefined> => {
      await journal.waitingFor({ reason: 'throttled', detail });
      return journal.progress.waiting_for?.since;
    };
    const since = await deferred('throttled');
    await attempt(false);
    expect(await deferred('throttled')).toBe(since);
    await attempt(false);
    expect(await deferred('unreachable')).toBe(since);
    await attempt(true);
    expect(await deferred('throttled')).not.toBe(since);
    await journal.finish({ status: 'cancelled', error: null, result: null });
  });

  it('no longer reports a lock when the step that waited for it starts', async () => {
    const { id, journal } = await running();
    const step = pendingStep('traffic');
    journal.progress.steps = [step];
    const holder = { job_id: 'other', stack: null, requested_by: null };
    await journal.waitingFor({ reason: 'lock', scope: 'stack name', ...holder });
    await journal.stepStarted(step);

    const { progress } = (await fixture.store.get(id)) ?? {};
    expect(progress).toMatchObject({ waiting_for: null, steps: [{ status: 'running' }] });
    await journal.finish({ status: 'cancelled', error: null, result: null });
  });
});
