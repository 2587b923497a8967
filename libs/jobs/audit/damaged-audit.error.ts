import { type Redis } from '#redis';

/** Another program has overwritten the audit trail. It is not dropped: only an operator may remove audit records. */
export class DamagedAuditError extends Error {
  override readonly name = 'DamagedAuditError';

  constructor(key: string, options?: ErrorOptions) {
    super(
      `Another program has overwritten the audit trail in Redis: the key ${key} is not a stream. Move it away (RENAME); no change is accepted until then`,
      options,
    );
  }
}

/** Whether the audit trail is a stream, or does not exist yet. @throws DamagedAuditError when it is neither, errors of Redis */
export async function checkAuditTrail(redis: Redis, key: string): Promise<void> {
  if (!['none', 'stream'].includes(await redis.type(key))) throw new DamagedAuditError(key);
}
