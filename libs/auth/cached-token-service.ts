import { createHash } from 'node:crypto';
import { type TokenInfo, type TokenService, TokenServiceUnavailable } from './token-info.js';

/** How long a valid token is not asked about again. A token that is revoked works this much longer. */
export const VALID_FOR_MS = 60_000;
/** How long an invalid token is not asked about again. */
export const INVALID_FOR_MS = 5_000;
/** How long somebody known goes on while the token service is away, counted from its last answer. */
export const GO_ON_FOR_MS = 600_000;
/** How long after a failure a known token's question is not tried again. */
const TRY_AGAIN_AFTER_MS = 5_000;
/** How many tokens are remembered; the ones that were asked about longest ago go first. */
const MAX_TOKENS = 10_000;

interface Known {
  readonly info: TokenInfo | null;
  readonly answeredAt: number;
  /** When the token itself ends. */
  readonly expiresAt: number;
  /** Until then there is no need to ask. */
  freshUntil: number;
}

/**
 * Remembers what the token service said, for a short time. Equal questions in flight are one. Only digests of tokens
 * are kept. All times are those of the process's monotonic clock.
 */
export class CachedTokenService implements TokenService {
  private readonly known = new Map<string, Known>();
  private readonly inFlight = new Map<string, Promise<TokenInfo | null>>();

  constructor(
    private readonly service: TokenService,
    private readonly now: () => number = () => performance.now(),
  ) {}

  async identify(token: string): Promise<TokenInfo | null> {
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.known.get(digest);
    if (known !== undefined && this.now() < Math.min(known.freshUntil, known.expiresAt)) return known.info;
    const flying = this.inFlight.get(digest);
    if (flying !== undefined) return await flying;
    const flight = this.ask(token, digest, known).finally(() => this.inFlight.delete(digest));
    this.inFlight.set(digest, flight);
    return await flight;
  }

  private async ask(token: string, digest: string, known: Known | undefined): Promise<TokenInfo | null> {
    try {
      const info = await this.service.identify(token);
      this.remember(digest, info);
      return info;
    } catch (error) {
      if (!(error instanceof TokenServiceUnavailable) || known === undefined) throw error;
      const now = this.now();
      if (known.info === null || now >= Math.min(known.answeredAt + GO_ON_FOR_MS, known.expiresAt)) throw error;
      known.freshUntil = now + TRY_AGAIN_AFTER_MS;
      return known.info;
    }
  }

  private remember(digest: string, info: TokenInfo | null): void {
    const now = this.now();
    const lifeMs = (info?.expiresInSeconds ?? Infinity) * 1000;
    this.known.delete(digest);
    this.known.set(digest, {
      info,
      answeredAt: now,
      expiresAt: now + lifeMs,
      freshUntil: now + (info === null ? INVALID_FOR_MS : VALID_FOR_MS),
    });
    const oldest = this.known.keys().next();
    if (this.known.size > MAX_TOKENS && oldest.done !== true) this.known.delete(oldest.value);
  }
}
