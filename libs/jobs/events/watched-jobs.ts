import { defineScript, type Redis } from '#redis';
import { z } from 'zod';
import { type JobKeys } from '../redis/keys.js';

/** How long a job counts as watched after its mark was renewed, in milliseconds. */
const MARK_MS = 30_000;
/** How often marks are renewed, in milliseconds. */
const RENEWAL_MS = 10_000;
/** How many marks one script call renews, so that it blocks nothing. */
const BATCH = 500;
/** How old the list of watched jobs may be, in milliseconds: one read serves all jobs of a process. */
const LIST_AGE_MS = 1_000;

/** Marks jobs as watched. KEYS: 1 watched. ARGV: 1 duration in ms, 2.. ids. Reply: the time in ms. */
const markScript = defineScript(
  'mark-watched',
  `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[i]) end
  return now
  `,
  z.number(),
);

/** KEYS: 1 watched. ARGV: none. Reply: the ids of the jobs that are watched now. */
const listScript = defineScript(
  'list-watched',
  `
  local time = redis.call('TIME')
  return redis.call('ZRANGEBYSCORE', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), '+inf')
  `,
  z.array(z.string()),
);

/** Which jobs clients follow right now, in all processes: workers look more often at what those jobs wait for. */
export class WatchedJobs {
  private readonly watchers = new Map<string, number>();
  private renewal: NodeJS.Timeout | undefined;
  private list: { readonly ids: Promise<ReadonlySet<string>>; readonly at: number } | null = null;

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** Marks a job as watched, until the returned function is called or this process ends. */
  watch(id: string): () => void {
    this.watchers.set(id, (this.watchers.get(id) ?? 0) + 1);
    void this.mark([id]);
    this.renewal ??= setInterval(() => void this.mark([...this.watchers.keys()]), RENEWAL_MS).unref();
    return () => {
      const left = (this.watchers.get(id) ?? 0) - 1;
      if (left > 0) this.watchers.set(id, left);
      else this.watchers.delete(id);
      if (this.watchers.size > 0) return;
      clearInterval(this.renewal);
      this.renewal = undefined;
    };
  }

  /** Whether any process watches the job, or has a second ago. @throws errors of Redis */
  async has(id: string): Promise<boolean> {
    if (this.list === null || performance.now() - this.list.at > LIST_AGE_MS) {
      const ids = listScript(this.redis, [this.keys.watched], []).then((each) => new Set(each));
      this.list = { ids, at: performance.now() };
    }
    return (await this.list.ids).has(id);
  }

  /** A mark that is lost delays events, nothing else. */
  private async mark(ids: readonly string[]): Promise<void> {
    try {
      for (let start = 0; start < ids.length; start += BATCH)
        await markScript(this.redis, [this.keys.watched], [MARK_MS, ...ids.slice(start, start + BATCH)]);
    } catch {
      // Redis is unavailable; the next renewal tries again.
    }
  }
}
