import { AccessRules } from '#auth';
import { JobDurations, JobStore, WorkerRegistry } from '#jobs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { WorkerMonitor } from '../status/worker-monitor.js';
import { JobPresenter } from './job.presenter.js';

const access = new AccessRules({
  deployerScope: 'deploy',
  readScope: 'deploy',
  adminScope: null,
  jobActions: 'all',
  allows: () => true,
});
const caller = { uid: 'robot', realm: null, clientId: null, isAdmin: false };

/** A store whose Redis accepts changes or not, as `refusal` says. */
class RefusingStore extends JobStore {
  refusal: string | null = null;

  override writeRefusal(): Promise<string | null> {
    return Promise.resolve(this.refusal);
  }
}

describe('a job that waits for its start', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('is expected to finish the median duration of such jobs after its submission', async () => {
    const { redis, keys, store, prefix } = fixture;
    const durations = new JobDurations(redis, keys);
    const presenter = new JobPresenter(
      store,
      durations,
      new WorkerMonitor(new WorkerRegistry(redis, prefix), store),
      access,
    );
    const { id } = await fixture.submit({ stack: 'hello', version: 'v1' });
    const job = await store.get(id);
    if (job === null) throw new Error('the job was not stored');
    const asJson = async (): Promise<unknown[]> =>
      (await presenter.texts([job], caller)).map((text): unknown => JSON.parse(text));
    const unknown = { expected_finish_at: null, expected_from_jobs: 0 };
    expect(await presenter.one(job, caller)).toMatchObject(unknown);
    expect(await asJson()).toMatchObject([unknown]);

    const start = Date.parse(job.submission.created_at);
    const started = { ...job, progress: { ...job.progress, started_at: job.submission.created_at } };
    for (const seconds of [10, 500, 60]) await durations.record(started, start + seconds * 1000);
    const expected = { expected_finish_at: new Date(start + 60_000).toISOString(), expected_from_jobs: 3 };
    expect(await presenter.one(job, caller)).toMatchObject(expected);
    expect(await presenter.many([job], caller)).toMatchObject([expected]);
    expect(await asJson()).toMatchObject([expected]);
  });

  it('names a Redis that accepts no changes, because of which no worker can report itself', async () => {
    const { redis, keys, prefix } = fixture;
    const store = new RefusingStore(redis, keys);
    const workers = new WorkerMonitor(new WorkerRegistry(redis, prefix), store);
    const presenter = new JobPresenter(store, new JobDurations(redis, keys), workers, access);
    const { id } = await fixture.submit({ stack: 'waits', version: 'v1' });
    const job = await store.get(id);
    if (job === null) throw new Error('the job was not stored');
    const shown = async (): Promise<unknown> => {
      await workers.list();
      return (await presenter.one(job, caller)).waiting_for;
    };
    expect(await shown()).toMatchObject({ reason: 'no_worker_for', detail: 'No worker is alive' });

    store.refusal = 'Redis is full';
    expect(await shown()).toMatchObject({ reason: 'no_worker_for', detail: 'Redis is full' });
    expect(workers.unavailableSince).not.toBeNull();
    store.refusal = null;
    expect(await shown()).toMatchObject({ detail: 'No worker is alive' });
    expect(workers.unavailableSince).toBeNull();
  });
});
