import { type Redis } from 'ioredis';
import { isRedisUnavailable } from './unavailable.js';

/** What was found about a server. `eviction`: the policy that makes it unfit, null when it is fit or does not tell. */
export interface ServerCheck {
  readonly eviction: string | null;
  /** One sentence each, for the log. */
  readonly warnings: readonly string[];
}

/**
 * Looks whether a server keeps what it is given. BullMQ and the job records cannot lose single keys, so any
 * `maxmemory-policy` but `noeviction` makes it unfit; a server that writes nothing to a disk loses all at its end.
 * A server or an ACL that does not let us ask is no reason to fail.
 *
 * @throws errors of a server that cannot be asked at present (`isRedisUnavailable`)
 */
export async function checkServer(redis: Redis): Promise<ServerCheck> {
  const info = await orNull(redis.info());
  const policy = fieldOf(info, 'maxmemory_policy');
  const appends = fieldOf(info, 'aof_enabled');
  const warnings: string[] = [];
  if (policy === null) warnings.push('The maxmemory-policy of Redis cannot be read; it has to be noeviction');
  if (appends !== '1') {
    const save = await orNull(redis.config('GET', 'save'));
    if (save === null)
      warnings.push('Whether Redis writes snapshots cannot be read; it does not append to a file (AOF)');
    else if (valueOf(save) === '') warnings.push('Redis keeps nothing on a disk: all jobs are lost when it ends');
    else
      warnings.push('Redis writes snapshots only: the jobs since the last one are lost when it ends (appendonly no)');
  }
  return { eviction: policy === 'noeviction' ? null : policy, warnings };
}

/** The answer, or null when the server refuses this very question (NOPERM, or a command that was taken away). */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isRedisUnavailable(error)) throw error;
    return null;
  }
}

function fieldOf(info: string | null, name: string): string | null {
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(info ?? '')?.[1] ?? null;
}

/** `CONFIG GET` answers with names and values in turn. */
function valueOf(answer: unknown): unknown {
  return Array.isArray(answer) ? answer[1] : undefined;
}
