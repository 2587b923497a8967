import { isNativeError } from 'node:util/types';
import { isRedisUnavailable } from '#redis';
import { z } from 'zod';

/** What Redis holds of a job is not what this agent, or a later version of it, writes. */
export class DamagedJobError extends Error {
  override readonly name = 'DamagedJobError';

  constructor(
    readonly id: string,
    cause: unknown,
  ) {
    super(`the stored record of job ${id} is damaged: ${reasonOf(cause)}`, { cause });
  }

  /** What is wrong, without the stored values. */
  get reason(): string {
    return reasonOf(this.cause);
  }
}

/** Whether stored data is at fault: it cannot be parsed, or Redis has rejected a command because of the form of a key. */
export function isDamage(error: unknown): error is Error {
  if (error instanceof DamagedJobError) return true;
  return isNativeError(error) && error.name === 'ReplyError' && !isRedisUnavailable(error);
}

/** Whether a key has another type than the one that a command needs. */
export function isWrongType(error: unknown): boolean {
  return isNativeError(error) && error.message.includes('WRONGTYPE');
}

/** Reads what is stored of a job. @throws DamagedJobError when that cannot be parsed; errors of Redis as they are */
export async function readingJob<T>(id: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isRedisUnavailable(error)) throw error;
    throw new DamagedJobError(id, error);
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof z.ZodError) {
    const fields = cause.issues.map(({ path }) => path.join('.')).filter((path) => path !== '');
    return fields.length === 0
      ? 'it has an unexpected form'
      : `wrong fields ${[...new Set(fields)].slice(0, 5).join(', ')}`;
  }
  if (isWrongType(cause)) return 'a key has the wrong type';
  if (cause instanceof SyntaxError) return 'it is not valid JSON';
  return isNativeError(cause) && cause.name === 'ReplyError' ? 'Redis rejected a command' : 'it cannot be decoded';
}
