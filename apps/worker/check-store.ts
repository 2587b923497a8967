import { ConfigurationError, type WorkerConfig } from '#config';
import { checkServer, type Redis } from '#redis';
import { type Logger } from '#telemetry';

/**
 * Sees to it that the store keeps what it is given; waits for it as long as it takes.
 * @throws ConfigurationError when it may drop jobs
 */
export async function checkStore(redis: Redis, { allowEviction }: WorkerConfig, logger: Logger): Promise<void> {
  const { eviction, warnings } = await checkServer(redis);
  for (const warning of warnings) logger.warn(warning);
  if (eviction === null) return;
  if (!allowEviction) throw ConfigurationError.unfitStore(eviction);
  logger.warn('Redis may drop jobs when its memory is full', { maxmemory_policy: eviction });
}
