import { type Redis } from '#redis';
import { type JobKeys } from './job-keys.js';
import { IDEMPOTENCY_SECONDS } from './job-store.js';

/** What an idempotency key stands for: the job that was answered with, and a digest of the request's body. */
export interface RememberedRequest {
  readonly id: string;
  readonly fingerprint: string;
}

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
  async remember(digest: string, request: RememberedRequest): Promise<void> {
    const key = this.keys.idempotency(digest);
    await this.redis
      .multi()
      .hset(key, { ...request })
      .expire(key, IDEMPOTENCY_SECONDS)
      .exec();
  }
}
