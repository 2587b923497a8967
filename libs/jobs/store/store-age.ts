import { defineScript, type Redis } from '#redis';
import { z } from 'zod';
import { type JobKeys } from './job-keys.js';
import { timestamp } from './redis-clock.js';

/** Writes down once when a store was first used, by its own clock; answers with that time, in ms since 1970. */
const sinceScript = defineScript(
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
export class StoreAge {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** The time as it stands in answers: UTC with milliseconds. */
  async since(): Promise<string> {
    return timestamp(await sinceScript(this.redis, [this.keys.since], []));
  }
}
