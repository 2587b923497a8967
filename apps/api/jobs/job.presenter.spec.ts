import { isJobKind, jobKind, JobDurations, type JobRecord, JobStore, WorkerRegistry } from '#jobs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OPEN_RULES } from '../../../libs/auth/access-rules.fixture.js';
import { StoreFixture } from '../../../libs/jobs/store/job-store.fixture.js';
import { WorkerMonitor } from '../status/worker-monitor.js';
import { JobPresenter } from './job.presenter.js';

const caller = { uid: 'robot', realm: null, clientId: null, isAdmin: false };
const error = { code: 'stack_failed', detail: 'The stack failed', data: { resource: 'Queue' } } as const;

/** All but `Date`. */
const REAL_TIMERS = ['nextTick', 'setImmediate', 'setInterval', 'setTimeout', 'performance', 'queueMicrotask'] as const;

/** A store whose Redis accepts changes or not, as `refusal` says. */
class RefusingStore extends JobStore {
  refusal: string | null = null;

  override writeRefusal(): Promise<string | null> {
    return Promise.resolve(this.refusal);
  }
}

let fixture: StoreFixture;
let store: RefusingStore;
let workers: WorkerMonitor;
let presenter: JobPresenter;
beforeAll(async () => {
  fixture = await StoreFixture.start();
  const { redis, keys, prefix } = fixture;
  store = new RefusingStore(redis, keys);
  workers = new WorkerMonitor(new WorkerRegistry(redis, prefix), store);
  presenter = new JobPresenter(store, new JobDurations(redis, keys), workers, OPEN_RULES);
});
afterAll(async () => {
  await fixture.stop();
});

async function storedJob(id: string): Promise<JobRecord> {
  const job = await fixture.store.get(id);
  if (job === null) throw new Error('the job was not stored');
  return job;
}

describe('a job that waits for its start', () => {
  it('is expected to finish the median duration of such jobs after its submission', async () => {
    const { redis, keys } = fixture;
    const durations = new JobDurations(redis, keys);
    const { id } = await fixture.submit({ stack: 'hello', version: 'v1' });
    const job = await storedJob(id);
    const asJson = async (): Promise<unknown[]> =>
      (await presenter.texts([job], caller)).map((text): unknown => JSON.parse(String(text)));
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
    const job = await storedJob((await fixture.submit({ stack: 'waits', version: 'v1' })).id);
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

describe.each(jobKind.options.filter(isJobKind))('a job of the kind %s', (kind) => {
  it('is shown in lists as alone but for its request and what is possible after its success, whatever its status, and when it changes', async () => {
    const stack = `listed-${kind.replaceAll('_', '-')}`;
    let versions = 0;
    const submit = async (): Promise<string> => (await fixture.submit({ kind, stack, version: `v${versions++}` })).id;
    const end = async (status: 'succeeded' | 'failed' | 'cancelled' | 'superseded', daysAgo: number): Promise<void> => {
      const claim = await fixture.claim(await submit());
      const finished_at = new Date(Date.now() - daysAgo * 24 * 3600 * 1000).toISOString();
      const failure = status === 'failed' ? error : null;
      await claim.finish({ ...claim.job.progress, status, waiting_for: null, finished_at, error: failure });
    };
    for (const daysAgo of [0, 8])
      for (const status of ['succeeded', 'failed', 'cancelled', 'superseded'] as const) await end(status, daysAgo);
    const claim = await fixture.claim(await submit());
    const waiting = await submit();
    const expectSame = async (): Promise<void> => {
      const { items } = await store.history.pageWithCount({ filter: { stack_name: [stack] }, limit: 50 });
      const alone = items.map(async ({ submission: { id } }) => presenter.one(await storedJob(id), caller));
      const expected = (await Promise.all(alone)).map((view) => {
        const next = view.status === 'succeeded' && kind !== 'delete_stack' ? [] : view.next;
        return JSON.stringify({ ...view, request: null, next });
      });
      expect((await presenter.keptTexts(items, caller)).map(String)).toEqual(expected);
      expect((await presenter.texts(items, caller)).map(String)).toEqual(expected);
      expect(items).toHaveLength(versions);
    };
    // Read once, kept, read from memory, as the JSON that is kept with it.
    for (let turn = 0; turn < 4; turn += 1) await expectSame();
    await claim.save(
      { ...claim.job.progress, status: 'running', waiting_for: null, started_at: new Date().toISOString() },
      { madeProgress: true },
    );
    await fixture.redis.zrem(fixture.keys.waiting, waiting);
    await expectSame();
    // Definitions are kept for 7 days.
    jest.useFakeTimers({ now: Date.now() + 8 * 24 * 3600 * 1000, doNotFake: [...REAL_TIMERS] });
    await expectSame().finally(() => jest.useRealTimers());
    claim.stop();
  });
});
