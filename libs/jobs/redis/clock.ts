import { type Redis, defineScript } from '#redis';
import { z } from 'zod';
import { type JobKeys } from './keys.js';

const time = z.tuple([z.coerce.number(), z.coerce.number()]);

/** The time of Redis in milliseconds since 1970: the only clock that all processes share. */
export async function redisNow(redis: Redis): Promise<number> {
  const [seconds, microseconds] = time.parse(await redis.time());
  return seconds * 1000 + Math.floor(microseconds / 1000);
}

/** A time as in records and responses: UTC with milliseconds, `2026-11-22T18:31:46.123Z`. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The latest time that JavaScript has, in ms since 1970. */
const MAX_TIME_MS = 8.64e15;

/** The same of a stored text. One that another program has written and that is no time is shown as 1970. */
export function storedTimestamp(text: string | undefined): string {
  const milliseconds = Number(text);
  return timestamp(Math.abs(milliseconds) <= MAX_TIME_MS ? milliseconds : 0);
}

/**
 * Records once when a store was first used, by its own clock; returns that time, in ms since 1970. A value that another program has written
 * is replaced.
 */
const epochScript = defineScript(
  'store-since',
  `
  local since = redis.pcall('GET', KEYS[1])
  if type(since) == 'string' and string.match(since, '^%d+$') and #since < 16 then return since end
  local time = redis.call('TIME')
  since = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call('SET', KEYS[1], since)
  return since
  `,
  z.coerce.number(),
);

/**
 * When the job store was created. A Redis that was restarted empty is a new store: it has lost all earlier jobs, and
 * this time shows it. Workers read it periodically, so that it is recorded soon after the store was first used.
 */
export class StoreEpoch {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** The time as in responses: UTC with milliseconds. */
  async createdAt(): Promise<string> {
    return timestamp(await epochScript(this.redis, [this.keys.since], []));
  }
}
