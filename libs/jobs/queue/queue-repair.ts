import { type Redis } from '#redis';
import { type JobKeys } from '../redis/keys.js';
import { dropOtherTypes } from '../store/wrong-types.js';

/** The types of the keys that BullMQ 6 has for each queue. */
const KEY_TYPES = {
  list: ['wait', 'active', 'paused'],
  zset: ['delayed', 'prioritized', 'waiting-children', 'completed', 'failed', 'repeat', 'marker'],
  set: ['stalled'],
  stream: ['events'],
  hash: ['meta'],
  string: ['stalled-check', 'limiter'],
  integer: ['id', 'pc'],
} as const;

/**
 * Drops the keys of a queue that have a type which BullMQ never writes: another program has overwritten them. The records of the jobs
 * have what is needed to fill the queue of jobs again; a stack query that is lost fails at its time limit.
 * @returns the dropped keys
 */
export async function repairQueue(redis: Redis, keys: Pick<JobKeys, 'base'>, queue: string): Promise<string[]> {
  const types = Object.entries(KEY_TYPES).map(([type, names]): [string, string[]] => [
    type,
    names.map((name) => `${keys.base}${queue}:${name}`),
  ]);
  return await dropOtherTypes(redis, Object.fromEntries(types));
}
