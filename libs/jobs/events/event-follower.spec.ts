import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../../local/services/until.js';
import { StoreFixture } from '../store/job-store.fixture.js';
import { EventFollower } from './event-follower.js';
import { Following } from './following.js';
import { JobEvents } from './job-events.js';
import { WatchedJobs } from './watched-jobs.js';

describe('followers of events', () => {
  let fixture: StoreFixture;
  let notifications: JobEvents;
  const { signal } = new AbortController();

  beforeAll(async () => {
    fixture = await StoreFixture.start();
    notifications = new JobEvents(fixture.connect('subscriber'), fixture.keys);
    await notifications.start();
  });
  afterAll(async () => {
    await fixture.stop();
  });

  it('get an event that happens while the read of another follower is on its way', async () => {
    const { id } = await fixture.submit();
    const claim = await fixture.claim(id);
    const redis = fixture.connect();
    const connection = await redis.client('ID');
    const hasRead = async (): Promise<boolean> => {
      return String(await fixture.redis.client('LIST', 'ID', connection)).includes(' cmd=xrange ');
    };
    const watched = new WatchedJobs(fixture.redis, fixture.keys);
    const follower = new EventFollower(redis, fixture.keys, notifications, watched);
    const first = follower.job(id, { after: 1, signal });
    const event = first.next();
    await until('the read', hasRead);
    await redis.ping();

    // Redis has read no event for the second follower; the reply comes after the notification of the next one.
    redis.stream.pause();
    const second = follower.job(id, { after: 1, signal });
    const same = second.next();
    await until('the read', hasRead);
    const notified = new Promise((resolve) => notifications.on(id, resolve));
    await claim.log([{ source: 'agent', step: null, text: 'a line' }]);
    await notified;
    redis.stream.resume();

    const line = { value: [expect.objectContaining({ id: 2 })] };
    expect(await Promise.all([event, same])).toEqual([line, line]);
    await Promise.all([first.return?.(), second.return?.()]);
  });

  it('are not notified any more once they cannot read', async () => {
    let isSubscribed = false;
    const following = new Following({
      after: 0,
      signal,
      read: () => Promise.reject(new Error('the stream cannot be read')),
      subscribe: () => {
        isSubscribed = true;
        return () => {
          isSubscribed = false;
        };
      },
      isLast: () => false,
    });
    await expect(following.next()).rejects.toThrow('cannot be read');
    expect(isSubscribed).toBe(false);
  });
});
