import { defineScript, type Redis } from '#redis';
import { z } from 'zod';
import { type JobKeys } from '../redis/keys.js';
import { IDEMPOTENCY_SECONDS } from './job-store.js';

/** What an idempotency key refers to: the job of the first response, and a digest of the request's body. */
export interface RememberedRequest {
  readonly id: string;
  readonly fingerprint: string;
}

/** KEYS: idempotency. ARGV: id, fingerprint, seconds. Replies with the id and fingerprint that were there before, or nothing. */
const rememberScript = defineScript(
  'idempotency-remember',
  `
  local known = redis.call('HMGET', KEYS[1], 'id', 'fingerprint')
  if known[1] then return known end
  redis.call('HSET', KEYS[1], 'id', ARGV[1], 'fingerprint', ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  return {}
  `,
  z.union([z.tuple([z.string(), z.string()]), z.tuple([])]),
);

/** Idempotency keys: stores those of requests that change a job without creating one; `JobStore.submit` stores the others. */
export class IdempotencyKeys {
  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
  ) {}

  /**
   * Stores a request for 24 hours, before it is executed.
   * @param digest names key, user, method and path
   * @returns the earlier request with this key, or null
   */
  async remember(digest: string, request: RememberedRequest): Promise<RememberedRequest | null> {
    const args = [request.id, request.fingerprint, IDEMPOTENCY_SECONDS];
    const [id, fingerprint] = await rememberScript(this.redis, [this.keys.idempotency(digest)], args);
    return id === undefined || fingerprint === undefined ? null : { id, fingerprint };
  }

  /** The earlier request with this key, whether it created its job or changed one; null when there is none. */
  async find(digest: string): Promise<RememberedRequest | null> {
    const [id, fingerprint] = await this.redis.hmget(this.keys.idempotency(digest), 'id', 'fingerprint');
    return typeof id !== 'string' || typeof fingerprint !== 'string' ? null : { id, fingerprint };
  }
}
