import { type Redis } from '#redis';
import { type JobEvents } from './job-events.js';
import { readingJob } from '../redis/damaged-job.error.js';
import { type JobKeys } from '../redis/keys.js';
import { type JobEventEntry } from './job-event.js';
import { Following, type FollowOptions } from './following.js';
import { SharedReads } from './shared-reads.js';
import { type WatchedJobs } from './watched-jobs.js';
import { type FeedEntry, feedPosition, readEvents, readFeed } from './read-events.js';

/** How many events are read at once. */
const BATCH = 200;
/**
 * Follows event streams: yields batches of events as they happen, and an empty one every 15 s when there are none. When the
 * id of an event is not the one after the event before, the events between are no longer kept. Followers that wait for the
 * same event share one read; a follower that is slow reads at its own pace, and nothing is buffered for it.
 */
export class EventFollower {
  private readonly jobReads = new SharedReads<JobEventEntry[]>();
  private readonly feedReads = new SharedReads<FeedEntry[]>();

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly notifications: JobEvents,
    private readonly watched: WatchedJobs,
  ) {}

  /** The events of one job; ends after its `end`. The job is marked as watched in the meantime. */
  job(id: string, options: FollowOptions): AsyncIterableIterator<readonly JobEventEntry[]> {
    return new Following({
      ...options,
      read: (after) => this.jobReads.read(`${id}:${after}`, () => this.read(id, after, BATCH)),
      subscribe: (wake) => {
        const [unsubscribe, unwatch] = [this.notifications.on(id, wake), this.watched.watch(id)];
        return () => {
          unsubscribe();
          unwatch();
        };
      },
      isLast: ({ event }) => event?.type === 'end',
    });
  }

  /** The events of all jobs, log lines left out. */
  feed(options: FollowOptions): AsyncIterableIterator<readonly FeedEntry[]> {
    return new Following({
      ...options,
      read: (after) =>
        this.feedReads.read(String(after), () => readFeed(this.redis, this.keys, { after, limit: BATCH })),
      subscribe: (wake) => this.notifications.onAny(wake),
      isLast: () => false,
    });
  }

  /** The number of the last event in the feed. */
  async feedPosition(): Promise<number> {
    return await feedPosition(this.redis, this.keys);
  }

  /** Some events of one job. @throws DamagedJobError when the stream has another type */
  async read(id: string, after: number, limit: number): Promise<JobEventEntry[]> {
    return await readingJob(id, () => readEvents(this.redis, this.keys, { id, after, limit }));
  }
}
