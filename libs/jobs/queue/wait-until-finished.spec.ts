import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis, redisReady } from '#redis';
import { until } from '../../../local/services/until.js';
import { StoreFixture } from '../store/job-store.fixture.js';
import { type JobRecord } from '../model/job.js';
import { JobStore } from '../store/job-store.js';
import { waitUntilFinished } from './wait-until-finished.js';
import { JobEvents } from '../events/job-events.js';

describe('waitUntilFinished', () => {
  let fixture: StoreFixture;
  let subscriber: Redis;
  let changes: JobEvents;
  const waitFor = (id: string, timeoutMs: number, signal = new AbortController().signal): Promise<JobRecord | null> =>
    waitUntilFinished(fixture.store, changes, { id, timeoutMs, signal });

  beforeAll(async () => {
    fixture = await StoreFixture.start();
    subscriber = fixture.connect('subscriber');
    changes = new JobEvents(subscriber, fixture.keys);
    await changes.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('returns when the job has finished', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    // Longer than the test may take.
    const waiting = waitFor(id, 600_000);
    await claim.log([{ source: 'agent', step: null, text: 'not the end' }]);
    await claim.save(claim.job.progress, { madeProgress: true });
    await claim.finish({ ...claim.job.progress, status: 'succeeded' });

    expect((await waiting)?.progress.status).toBe('succeeded');
  });

  it('returns the current job when the timeout expires, or the caller has disconnected', async () => {
    const { id } = await fixture.submit();

    expect((await waitFor(id, 20))?.progress.status).toBe('queued');
    expect((await waitFor(id, 30_000, AbortSignal.timeout(20)))?.progress.status).toBe('queued');
    expect(await waitFor('unknown', 30_000)).toBeNull();
  });

  it('keeps waiting when the connection is lost for a moment, and fails immediately without one', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    const connection = fixture.connect('producer');
    expect(await redisReady(connection, 5_000)).toBe(true);
    const store = new JobStore(connection, fixture.keys);
    const wait = { id, timeoutMs: 30_000, signal: new AbortController().signal };
    const waiting = waitUntilFinished(store, changes, wait);
    await connection.ping(); // It has read the job once.

    connection.disconnect(true);
    await expect(waitUntilFinished(store, changes, wait)).rejects.toThrow();
    await claim.finish({ ...claim.job.progress, status: 'succeeded' });
    expect((await waiting)?.progress.status).toBe('succeeded');
  });

  it('notices the end after messages that only a later version understands', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    const waiting = waitFor(id, 30_000);
    for (const message of ['', 'null', JSON.stringify({ id, status: 'later', revision: 2 }), JSON.stringify({ id })])
      await fixture.redis.publish(fixture.keys.jobEvents, message);
    await claim.finish({ ...claim.job.progress, status: 'succeeded' });

    expect((await waiting)?.progress.status).toBe('succeeded');
  });

  it('does not miss an end that came while the subscription was lost', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    const waiting = waitFor(id, 30_000);
    await fixture.redis.call('ACL', 'SETUSER', 'default', 'resetchannels');
    await fixture.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('the subscription to be lost', async () => {
      const numbers = await fixture.redis.pubsub('NUMSUB', fixture.keys.jobEvents);
      return Number(numbers[1]) === 0;
    });
    await fixture.redis.call('ACL', 'SETUSER', 'default', 'allchannels');
    await claim.finish({ ...claim.job.progress, status: 'failed' });
    subscriber.disconnect(true);

    expect((await waiting)?.progress.status).toBe('failed');
  });
});
