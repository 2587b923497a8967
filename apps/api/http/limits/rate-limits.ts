import rateLimit from '@fastify/rate-limit';
import { isSafeMethod } from '#auth';
import { type Redis } from '#redis';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { callerOf, userKey } from '../caller.decorator.js';
import { addressKey } from '../../core/client-address.js';
import { rateLimitStore } from './rate-limit-store.js';
import { ProblemError } from '../../problems/problem.error.js';

const WINDOW_MS = 60_000;
/** How many reads are allowed for each change. */
const READS_PER_CHANGE = 50;

/** What each user may still send, as a part of their own limit, when their address has exceeded its limit. */
const SHARE_OF_ADDRESS = 0.25;

/** How many exceeded limits a process keeps. */
const MAX_EXCEEDED = 10_000;

/** What {@link RateLimits} needs. */
export interface RateLimitOptions {
  readonly redis: Redis;
  /** Begins all keys, with the hash tag of the agent. */
  readonly keyPrefix: string;
  /** Changes per minute; 0 turns all limits off. */
  readonly perMinute: number;
}

/** Counts a request under this key; `remaining` is what is left of `max` in this window. */
type Limiter = (request: FastifyRequest) => Promise<Count>;
interface Count {
  readonly max: number;
  readonly remaining: number;
  readonly ttlInSeconds: number;
  readonly isExceeded: boolean;
}

/**
 * Users behind one address, such as a NAT, share its limit: the changes of one must not use up those of all others. When the
 * address has exceeded its limit, a user who has sent less than {@link SHARE_OF_ADDRESS} may continue.
 * @param counts of the user, then of the address
 */
function withShare(counts: Count[]): Count[] {
  const [user, address] = counts;
  if (user === undefined || address?.isExceeded !== true) return counts;
  const max = Math.ceil(user.max * SHARE_OF_ADDRESS);
  const used = user.max - user.remaining;
  return [{ ...user, max, remaining: Math.max(0, max - used), isExceeded: used > max }];
}

/**
 * Fixed windows of a minute, counted in Redis, so that they hold across replicas: changes per user and per address, reads per
 * user, rejected tokens and public routes per address. A change is rejected when Redis cannot count it; it could not be
 * accepted either. Reads are not, since some of them work without Redis.
 */
export class RateLimits {
  private constructor(
    private readonly changes: readonly Limiter[],
    private readonly reads: readonly Limiter[],
    private readonly publicRoutes: readonly Limiter[],
    private readonly denials: readonly Limiter[],
  ) {}

  static async register(server: FastifyInstance, options: RateLimitOptions): Promise<RateLimits> {
    const { redis, keyPrefix, perMinute } = options;
    if (perMinute === 0) return new RateLimits([], [], [], []);
    const store = rateLimitStore(redis, keyPrefix);
    await server.register(rateLimit, { global: false, store, timeWindow: WINDOW_MS });
    // An exceeded limit stays so until its window ends: floods of requests do not reach Redis.
    const exceeded = new LRUCache<string, true>({ max: MAX_EXCEEDED, ttl: WINDOW_MS });
    const limiter = (max: number, skipOnError: boolean, key: (request: FastifyRequest) => string): Limiter => {
      const count = server.createRateLimit({ max, skipOnError, keyGenerator: key });
      return async (request) => {
        const name = key(request);
        const leftMs = exceeded.getRemainingTTL(name);
        if (leftMs > 0) return { max, remaining: 0, ttlInSeconds: Math.ceil(leftMs / 1000), isExceeded: true };
        const result = await count(request);
        if (result.isAllowed) throw new TypeError('no key is on an allow list');
        if (result.isExceeded) exceeded.set(name, true, { ttl: result.ttlInSeconds * 1000 });
        return result;
      };
    };
    const many = perMinute * READS_PER_CHANGE;
    const user = (request: FastifyRequest): string => userKey(callerOf(request));
    return new RateLimits(
      [
        limiter(perMinute, false, (request) => `change:user:${user(request)}`),
        limiter(perMinute, false, (request) => `change:address:${addressKey(request)}`),
      ],
      [limiter(many, true, (request) => `read:user:${user(request)}`)],
      [limiter(many, true, (request) => `public:address:${addressKey(request)}`)],
      [limiter(perMinute, true, (request) => `denied:address:${addressKey(request)}`)],
    );
  }

  /** Counts a request that was let in. @throws ProblemError `rate_limited` */
  async count(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.check(this.limitersFor(request), request, reply);
  }

  /** Counts a request without a valid token, or whose caller is not allowed. @throws ProblemError `rate_limited` */
  async countDenied(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.check(this.denials, request, reply);
  }

  private limitersFor({ caller, method }: FastifyRequest): readonly Limiter[] {
    if (caller === null) return this.publicRoutes;
    return isSafeMethod(method) ? this.reads : this.changes;
  }

  private async check(limiters: readonly Limiter[], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const counts = withShare(await Promise.all(limiters.map((count) => count(request))));
    const strictest = counts.sort((a, b) => a.remaining - b.remaining).at(0);
    if (strictest === undefined) return;
    const { max, remaining, ttlInSeconds } = strictest;
    const headers = {
      'ratelimit-limit': String(max),
      'ratelimit-remaining': String(remaining),
      'ratelimit-reset': String(ttlInSeconds),
    };
    reply.headers(headers);
    const exceeded = counts.find(({ isExceeded }) => isExceeded);
    if (exceeded === undefined) return;
    const detail = `More than ${exceeded.max} requests of this kind in a minute; try again in ${exceeded.ttlInSeconds} seconds`;
    throw new ProblemError('rate_limited', detail, { headers: { 'retry-after': String(exceeded.ttlInSeconds) } });
  }
}
