import { type Redis } from 'ioredis';

/** What Redis means by the first word of a reply, for those who operate it. */
const REFUSALS: Readonly<Record<string, string>> = {
  OOM: 'Redis is full: it has reached its maxmemory and accepts no changes',
  MISCONF: 'Redis cannot save its data to its disk, and accepts no changes',
  NOREPLICAS: 'Redis has too few replicas (min-replicas-to-write), and accepts no changes',
  READONLY: 'Redis is a read-only replica',
  LOADING: 'Redis is loading its data',
};

/** Why Redis rejects changes, as far as the error says; null for other errors. */
export function refusalOf(error: unknown): string | null {
  const [code = ''] = error instanceof Error ? error.message.split(' ') : [];
  return REFUSALS[code] ?? null;
}

/**
 * Why Redis accepts no changes at present; null when it does, or is unavailable altogether. Reads do not show it.
 * @param key one that never exists: the command that is tried changes nothing (https://valkey.io/commands/setrange/)
 */
export async function writeRefusal(redis: Redis, key: string): Promise<string | null> {
  try {
    await redis.setrange(key, 0, '');
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}
