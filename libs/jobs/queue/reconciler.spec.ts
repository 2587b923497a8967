import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../../local/services/until.js';
import { StoreFixture } from '../store/job-store.fixture.js';
import { JobWorker } from './job-worker.js';
import { JobQueue } from './job-queue.js';
import { Reconciler } from './reconciler.js';

describe('Reconciler', () => {
  let fixture: StoreFixture;
  let queue: JobQueue;
  const errors: unknown[] = [];
  const repaired: string[] = [];
  const running: Reconciler[] = [];
  const start = (): void => {
    const reconciler = new Reconciler(
      fixture.redis,
      fixture.keys,
      fixture.store,
      queue,
      { error: (error) => errors.push(error), repaired: (keys) => repaired.push(...keys) },
      60_000,
    );
    reconciler.start();
    running.push(reconciler);
  };

  beforeAll(async () => {
    fixture = await StoreFixture.start();
    queue = new JobQueue(fixture.connect(), fixture.prefix, (error) => errors.push(error));
  });
  afterEach(() => {
    for (const reconciler of running.splice(0)) reconciler.stop();
    expect(errors).toEqual([]);
    repaired.splice(0);
  });
  afterAll(async () => {
    await queue.close();
    await fixture.stop();
  });

  it('adds jobs that were submitted but never reached the queue, and no finished ones', async () => {
    const { id } = await fixture.submit();
    const ended = await fixture.submit();
    await fixture.store.cancel(ended.id, { requestedBy: 'canceller', deleteStack: false });
    start();

    await until('the job to be in the queue', () => queue.has(id));
    expect(await queue.has(ended.id)).toBe(false);
  });

  it.each([
    ['deleted', (key: string) => fixture.redis.del(key)],
    ['overwritten', (key: string) => fixture.redis.set(key, 'x')],
  ])('finds unfinished jobs again when their list was %s, and no finished ones', async (_, damage) => {
    const ids = await Promise.all(Array.from({ length: 150 }, async () => (await fixture.submit()).id));
    const ended = await fixture.submit();
    await fixture.store.cancel(ended.id, { requestedBy: 'canceller', deleteStack: false });
    await damage(fixture.keys.unfinished);
    start();

    await until('all jobs to be in the queue', async () =>
      (await Promise.all(ids.map((id) => queue.has(id)))).every(Boolean),
    );
    const found = await fixture.store.unfinished();
    expect(found.filter((id) => ids.includes(id) || id === ended.id).toSorted()).toEqual(ids.toSorted());
  });

  it('adds again what the queue has lost, while several processes try', async () => {
    const ids = await Promise.all(Array.from({ length: 250 }, async () => (await fixture.submit()).id));
    start();
    start();

    await until('all jobs to be in the queue', async () => {
      const there = await Promise.all(ids.map((id) => queue.has(id)));
      return there.every(Boolean);
    });
  });

  it('repairs the keys of the queue that another program has overwritten, and adds the jobs that were in them again', async () => {
    const { redis, keys } = fixture;
    const { id } = await fixture.submit();
    const other = await fixture.submit();
    await queue.add(id);
    const wait = `${keys.base}jobs:wait`;
    await redis.set(wait, 'x');
    await redis.set(`${keys.base}jobs:${other.id}`, 'x');
    await redis.set(keys.reconciling, 'never ends');
    start();

    await until('the jobs to be in the queue', async () => {
      const there = await Promise.all([id, other.id].map((each) => queue.has(each).catch(() => false)));
      return there.every(Boolean);
    });
    expect(repaired).toEqual([wait]);
  });

  it('wakes jobs that a worker whose clock was ahead has delayed for too long, and no others', async () => {
    const [usual, late] = [await fixture.submit(), await fixture.submit()];
    const deliveries: string[] = [];
    const consumer = new JobWorker({
      connection: fixture.connect(),
      prefix: fixture.prefix,
      concurrency: 1,
      process: (id) => {
        deliveries.push(id);
        return Promise.resolve({ status: 'delayed', delayMs: id === late.id ? 3_600_000 : 60_000 });
      },
      onError: (error) => errors.push(error),
    });
    for (const { id } of [usual, late]) await queue.add(id);
    consumer.start();
    const times = (id: string): number => deliveries.filter((each) => each === id).length;
    await until('both to wait', () => times(usual.id) + times(late.id) === 2);
    start();

    await until('the late one to be woken', () => times(late.id) > 1);
    expect(times(usual.id)).toBe(1);
    await consumer.close();
  });
});
