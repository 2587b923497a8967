import { type Redis } from '#redis';

/** Counts the connections that read a key. */
export interface RedisReaders {
  /** How many have read it since the start. */
  readonly count: number;
  stop(): void;
}

/**
 * Starts to observe who reads a key, by Redis's MONITOR. A request that waits for a job cannot be seen from outside, but it
 * has read the job before.
 */
export async function redisReaders(redis: Redis, key: string): Promise<RedisReaders> {
  const sources = new Set<string>();
  const monitor = await redis.monitor();
  monitor.on('monitor', (_time: string, command: readonly string[], source: string) => {
    if (command.includes(key)) sources.add(source);
  });
  return {
    get count() {
      return sources.size;
    },
    stop: () => {
      monitor.disconnect();
    },
  };
}
