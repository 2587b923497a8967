import { setTimeout as sleep } from 'node:timers/promises';
import { isRedisUnavailable, type Redis } from '#redis';
import { type JobEvents } from './job-events.js';
import { type JobKeys } from '../redis/keys.js';
import { type JobEventEntry } from './job-event.js';
import { type WatchedJobs } from './watched-jobs.js';
import { type FeedEntry, feedPosition, readEvents, readFeed } from './read-events.js';

/** How many events are read at once. */
const BATCH = 200;
/** How long a follower waits for an event before it yields an empty batch, in milliseconds. */
const TICK_MS = 15_000;
/** After so many milliseconds events are read again when Redis was unavailable. */
const RETRY_MS = 1_000;

/** Whom and from where to follow. `after`: the id of the last event that is known already, 0 for the beginning. */
export interface FollowOptions {
  readonly after: number;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
}

/**
 * Follows event streams: yields batches of events as they happen, and an empty one every 15 s when there are none. When the
 * id of an event is not the one after the event before, the events between are no longer kept. Followers that wait for the
 * same event share one read; a follower that is slow reads at its own pace, and nothing is buffered for it.
 */
export class EventFollower {
  private readonly jobReads = new SharedReads<JobEventEntry>();
  private readonly feedReads = new SharedReads<FeedEntry>();

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly notifications: JobEvents,
    private readonly watched: WatchedJobs,
  ) {}

  /** The events of one job; ends behind its `end`. The job is marked as watched meanwhile. */
  async *job(id: string, options: FollowOptions): AsyncGenerator<readonly JobEventEntry[]> {
    const read = (after: number): Promise<JobEventEntry[]> =>
      this.jobReads.read(`${id}:${after}`, () => readEvents(this.redis, this.keys, { id, after, limit: BATCH }));
    const subscribe = (wake: () => void): (() => void) => this.notifications.on(id, wake);
    const unwatch = this.watched.watch(id);
    try {
      for await (const entries of follow(read, subscribe, options)) {
        yield entries;
        if (entries.at(-1)?.event?.type === 'end') return;
      }
    } finally {
      unwatch();
    }
  }

  /** The events of all jobs, log lines left out. */
  async *feed(options: FollowOptions): AsyncGenerator<readonly FeedEntry[]> {
    const read = (after: number): Promise<FeedEntry[]> =>
      this.feedReads.read(String(after), () => readFeed(this.redis, this.keys, { after, limit: BATCH }));
    const subscribe = (wake: () => void): (() => void) => this.notifications.onAny(wake);
    yield* follow(read, subscribe, options);
  }

  /** The number of the last event in the feed. */
  async feedPosition(): Promise<number> {
    return await feedPosition(this.redis, this.keys);
  }

  /** Some events of one job. */
  async read(id: string, after: number, limit: number): Promise<JobEventEntry[]> {
    return await readEvents(this.redis, this.keys, { id, after, limit });
  }
}

/** Reads in flight: equal reads share one result. */
class SharedReads<T> {
  private readonly running = new Map<string, Promise<T[]>>();

  async read(key: string, read: () => Promise<T[]>): Promise<T[]> {
    const running = this.running.get(key);
    if (running !== undefined) return await running;
    const reading = read().finally(() => this.running.delete(key));
    this.running.set(key, reading);
    return await reading;
  }
}

async function* follow<T extends { readonly id: number }>(
  read: (after: number) => Promise<T[]>,
  subscribe: (wake: () => void) => () => void,
  { after, signal }: FollowOptions,
): AsyncGenerator<T[]> {
  let last = after;
  const news = new News();
  const unsubscribe = subscribe(() => {
    news.arrived();
  });
  const onAbort = (): void => {
    news.arrived();
  };
  signal.addEventListener('abort', onAbort);
  try {
    news.arrived();
    while (!signal.aborted) {
      if (!(await news.wait(TICK_MS))) {
        yield [];
        continue;
      }
      const entries = await read(last).catch(async (error: unknown) => {
        if (!isRedisUnavailable(error)) throw error;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
        return null;
      });
      // There may be more than one batch.
      if (entries === null || entries.length > 0) news.arrived();
      if (entries === null || entries.length === 0) continue;
      last = entries.at(-1)?.id ?? last;
      yield entries;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Whether something has arrived since it was last waited for. */
class News {
  private hasArrived = false;
  private wake: () => void = () => undefined;

  arrived(): void {
    this.hasArrived = true;
    this.wake();
  }

  /** Waits until something has arrived; false when nothing has within `milliseconds`. */
  async wait(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    if (!this.hasArrived) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, milliseconds);
      });
      clearTimeout(timer);
    }
    const { hasArrived } = this;
    this.hasArrived = false;
    return hasArrived;
  }
}
