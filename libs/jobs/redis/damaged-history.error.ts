import { isNativeError } from 'node:util/types';
import { isWrongType } from './damaged-job.error.js';

/** What the scripts of the history reply when a key is damaged, before the key. */
export const DAMAGED_REPLY = 'DAMAGED';

/** What Redis holds of the history is not what Lizzy writes: a page would miss jobs. */
export class DamagedHistoryError extends Error {
  override readonly name = 'DamagedHistoryError';

  /** @param place the key, with the field of a hash; null when Redis does not name it */
  constructor(
    readonly place: string | null,
    options?: ErrorOptions,
  ) {
    super(`the history in Redis is damaged: ${place ?? 'a key'} does not have the form that Lizzy writes`, options);
  }
}

/** Reads the history. @throws DamagedHistoryError when a key is damaged; errors of Redis as they are */
export async function readingHistory<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (isNativeError(cause) && cause.message.startsWith(`${DAMAGED_REPLY} `))
      throw new DamagedHistoryError(cause.message.slice(DAMAGED_REPLY.length + 1), { cause });
    if (isWrongType(cause)) throw new DamagedHistoryError(null, { cause });
    throw cause;
  }
}
