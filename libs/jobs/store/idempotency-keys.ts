import { defineScript, type Redis } from '#redis';
import { z } from 'zod';
import { type JobKeys } from './keys.js';
import { IDEMPOTENCY_SECONDS } from './job-store.js';

/** What an idempotency key stands for: the job that was answered with, and a digest of the request's body. */
export interface RememberedRequest {
  readonly id: string;
  readonly fingerprint: string;
}

/** KEYS: idempotency. ARGV: id, fingerprint, seconds. */
const rememberScript = defineScript(
  'idempotency-remember',
  `redis.call('HSET', KEYS[1], 'id', ARGV[1], 'fingerprint', ARGV[2])
return redis.call('EXPIRE', KEYS[1], ARGV[3])`,
  z.number(),
);

/** Idempotency keys of requests that change a job without making one; `JobStore.submit` keeps the others. */
export class IdempotencyKeys {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /** What this key stands for, or null. @param digest names key, user, method and path */
  async recall(digest: string): Promise<RememberedRequest | null> {
    const [id, fingerprint] = await this.redis.hmget(this.keys.idempotency(digest), 'id', 'fingerprint');
    return typeof id === 'string' && typeof fingerprint === 'string' ? { id, fingerprint } : null;
  }

  /** Remembers a request that was carried out, for 24 hours. */
  async remember(digest: string, { id, fingerprint }: RememberedRequest): Promise<void> {
    await rememberScript(this.redis, [this.keys.idempotency(digest)], [id, fingerprint, IDEMPOTENCY_SECONDS]);
  }
}
