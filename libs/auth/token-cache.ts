import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import pTimeout from 'p-timeout';
import { type TokenInfo, type TokenService, TokenServiceUnavailableError } from './token-info.client.js';
import { type Circuit, TokenLookups } from './token-lookups.js';

/** How long a valid token is not looked up again, in milliseconds. A revoked token is accepted for this long. */
export const VALID_FOR_MS = 60_000;
/** How long an invalid token is not looked up again, in milliseconds. */
export const INVALID_FOR_MS = 5_000;
/** How long a known token may be used to read while the token service is unavailable, in milliseconds since the last look-up. */
export const STALE_FOR_MS = 600_000;
/** How long after a failed look-up a known token is not looked up again, in milliseconds. */
const RETRY_AFTER_MS = 5_000;
/**
 * How long a request waits for a look-up after one has failed, in milliseconds. The look-up itself can take longer; its response ends the
 * outage.
 */
const OUTAGE_WAIT_MS = 1_000;

/** Valid tokens have a cache of their own, so that made-up ones cannot evict them. */
const MAX_VALID_TOKENS = 10_000;
const MAX_INVALID_TOKENS = 2_000;

/**
 * How many look-ups run at the same time: of unknown tokens, and of known tokens that are verified again. Made-up tokens, and failures of the
 * token service for them, affect only the former.
 */
const MAX_NEW_LOOKUPS = 8;
const MAX_REPEATED_LOOKUPS = 8;

/** A valid token. */
export interface VerifiedToken {
  readonly info: TokenInfo;
  /** Whether the token service was unavailable when the token was due to be verified again. */
  readonly isStale: boolean;
}

/** An outage of the token service: the reason of the last failed look-up, and when the first one failed. */
export interface TokenServiceOutage {
  readonly reason: string;
  readonly since: Date;
}

interface KnownToken extends VerifiedToken {
  readonly verifiedAt: number;
  readonly expiresAt: number;
}

const INVALID = Symbol('invalid token');
type Outcome = KnownToken | typeof INVALID;

/**
 * Caches the responses of the token service for a short time. Concurrent look-ups of one token are one request. Tokens are
 * stored as keyed hashes only. All times are those of the process's monotonic clock.
 */
export class TokenCache {
  private readonly hashKey = randomBytes(32);
  private readonly valid: LRUCache<string, Outcome, string>;
  private readonly others: LRUCache<string, Outcome, string>;
  private readonly newLookups: TokenLookups;
  private readonly repeatedLookups: TokenLookups;
  private failing: TokenServiceOutage | null = null;

  /** @param onVerified called for each token: answered from the cache, by a look-up, or as stale */
  constructor(
    service: TokenService,
    private readonly now: () => number = () => performance.now(),
    private readonly onVerified: (result: 'hit' | 'miss' | 'stale') => void = () => undefined,
  ) {
    const observed: TokenService = { lookUp: (token) => this.observed(service.lookUp(token)) };
    this.newLookups = new TokenLookups(observed, MAX_NEW_LOOKUPS);
    this.repeatedLookups = new TokenLookups(observed, MAX_REPEATED_LOOKUPS);
    // Callers that wait for a look-up get its result although its entry was evicted or replaced in the meantime.
    const shared = { perf: { now }, ttlResolution: 0, ignoreFetchAbort: true };
    this.valid = new LRUCache({
      ...shared,
      max: MAX_VALID_TOKENS,
      ttl: VALID_FOR_MS,
      fetchMethod: (_key, known, { options, context }) => this.refresh(context, known, options),
    });
    this.others = new LRUCache({
      ...shared,
      max: MAX_INVALID_TOKENS,
      ttl: INVALID_FOR_MS,
      fetchMethod: (_key, _known, { context }) => this.lookUp(context, this.newLookups),
    });
  }

  /** The outage of the token service; null when the last look-up was answered, and before the first one. */
  get outage(): TokenServiceOutage | null {
    return this.failing;
  }

  /** The state of the circuit breaker around look-ups of tokens that are not known. */
  get circuit(): Circuit {
    return this.newLookups.circuit;
  }

  /** Who the token belonged to when it was last looked up; null when that is not known. It may have expired since. */
  ownerOf(token: string): TokenInfo | null {
    const known = this.validOf(this.keyOf(token));
    return known === undefined || known === INVALID ? null : known.info;
  }

  /**
   * @returns null when the token is invalid
   * @throws TokenServiceUnavailableError
   */
  async verify(token: string): Promise<VerifiedToken | null> {
    const key = this.keyOf(token);
    const isCached = this.valid.has(key) || this.others.has(key);
    const isKnown = this.validOf(key) !== undefined;
    const outcome = await (isKnown ? this.valid : this.others).fetch(key, { context: token });
    const isStale = outcome !== undefined && outcome !== INVALID && outcome.isStale;
    this.onVerified(isStale ? 'stale' : isCached ? 'hit' : 'miss');
    if (outcome === undefined || outcome === INVALID) {
      this.valid.delete(key);
      this.others.set(key, INVALID);
      return null;
    }
    if (!isKnown) {
      this.valid.set(key, outcome, { ttl: this.ttlOf(outcome) });
      this.others.delete(key);
    }
    return outcome;
  }

  /** Looks a known token up again. While the token service is unavailable, the token stays valid for reading. */
  private async refresh(token: string, known: Outcome | undefined, options: { ttl?: number }): Promise<Outcome> {
    try {
      const outcome = await this.lookUp(token, this.repeatedLookups);
      if (outcome !== INVALID) options.ttl = this.ttlOf(outcome);
      return outcome;
    } catch (error) {
      if (!(error instanceof TokenServiceUnavailableError) || known === undefined || known === INVALID) throw error;
      const leftMs = Math.min(known.verifiedAt + STALE_FOR_MS, known.expiresAt) - this.now();
      if (leftMs <= 0) throw error;
      options.ttl = Math.ceil(Math.min(RETRY_AFTER_MS, leftMs));
      return { ...known, isStale: true };
    }
  }

  private async lookUp(token: string, lookups: TokenLookups): Promise<Outcome> {
    const lookUp = lookups.lookUp(token);
    const limit = {
      milliseconds: OUTAGE_WAIT_MS,
      message: new TokenServiceUnavailableError('fails and does not answer'),
    };
    const info = await (this.failing === null ? lookUp : pTimeout(lookUp, limit));
    if (info === null) return INVALID;
    const verifiedAt = this.now();
    const expiresAt = verifiedAt + (info.expiresInSeconds ?? Infinity) * 1000;
    return { info, isStale: false, verifiedAt, expiresAt };
  }

  private validOf(key: string): Outcome | undefined {
    return this.valid.get(key, { allowStale: true, noDeleteOnStaleGet: true });
  }

  private async observed(lookUp: Promise<TokenInfo | null>): Promise<TokenInfo | null> {
    try {
      const info = await lookUp;
      this.failing = null;
      return info;
    } catch (error) {
      if (error instanceof TokenServiceUnavailableError) {
        this.failing = { reason: error.message, since: this.failing?.since ?? new Date() };
      }
      throw error;
    }
  }

  private keyOf(token: string): string {
    return createHmac('sha256', this.hashKey).update(token).digest('base64');
  }

  private ttlOf({ expiresAt }: KnownToken): number {
    return Math.max(1, Math.floor(Math.min(VALID_FOR_MS, expiresAt - this.now())));
  }
}
