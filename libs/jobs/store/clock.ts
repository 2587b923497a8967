import { type Redis, defineScript } from '#redis';
import { z } from 'zod';
import { type JobKeys } from './keys.js';

const time = z.tuple([z.coerce.number(), z.coerce.number()]);

/** What time it is for Redis, in milliseconds since 1970: the one clock that all processes share. */
export async function redisNow(redis: Redis): Promise<number> {
  const [seconds, microseconds] = time.parse(await redis.time());
  return seconds * 1000 + Math.floor(microseconds / 1000);
}

/** A time as it stands in records and answers: UTC with milliseconds, `2026-11-22T18:31:46.123Z`. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Writes down once when a store was first used, by its own clock; answers with that time, in ms since 1970. */
const epochScript = defineScript(
  'store-since',
  `
  local since = redis.call('GET', KEYS[1])
  if since then return since end
  local time = redis.call('TIME')
  since = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('SET', KEYS[1], since)
  return since
  `,
  z.coerce.number(),
);

/**
 * Since when the store of jobs stands. A Redis that has come back empty is a new store: it knows nothing of the jobs
 * before, and this says so. Workers ask now and then, so that the time is written soon after the store was first used.
 */
export class StoreEpoch {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** The time as it stands in answers: UTC with milliseconds. */
  async createdAt(): Promise<string> {
    return timestamp(await epochScript(this.redis, [this.keys.since], []));
  }
}
