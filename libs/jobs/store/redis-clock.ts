import { type Redis } from '#redis';
import { z } from 'zod';

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
