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

  /** A claimed job whose journal reports that it runs. */
  async function running(): Promise<{ id: string; journal: Journal }> {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    const journal = new Journal(
      claim,
      claim.job.progress,
      { now: () => redisNow(fixture.redis), pollMs: 1000 },
      new JobLogWriter(claim),
      droppedTelemetry(claim.job.submission),
    );
    await journal.running();
    return { id, journal };
  }

  it('does not report a job as finished that still runs after its cancellation was requested', async () => {
    const { id, journal } = await running();
    await fixture.store.cancel(id, { requestedBy: 'canceller', deleteStack: true });

    expect(await journal.finish({ status: 'succeeded', error: null, result: null })).toBe('cancel_requested');
    // What is left to be done may have to wait for a lock.
    await journal.waitingFor({ reason: 'throttled', detail: 'anything' });
    expect((await fixture.store.get(id))?.progress).toMatchObject({ status: 'running', finished_at: null });
    await journal.finish({ status: 'cancelled', error: null, result: null });
    expect(await fixture.leakedKeys()).toEqual([]);
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
