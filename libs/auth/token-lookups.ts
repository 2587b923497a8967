import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  wrap,
} from 'cockatiel';
import { type TokenInfo, type TokenService, TokenServiceUnavailableError } from './token-info.client.js';

const MAX_QUEUED_LOOKUPS = 256;
/** After this many failures in a row, look-ups fail at once until one succeeds, tried every five seconds. */
const MAX_FAILURES = 5;
const BREAKER_RETRY_MS = 5_000;

/** The state of the circuit breaker: `open` while look-ups fail at once, `half_open` while one is tried. */
export type Circuit = 'closed' | 'half_open' | 'open';

// A description of one token in an unknown form says nothing about the others: its owner must not be able to open the circuit breaker.
const isOutage = (error: Error): boolean => error instanceof TokenServiceUnavailableError && !error.isOfToken;

/** Looks tokens up with bounded concurrency, and stops for a while when the token service fails repeatedly. */
export class TokenLookups implements TokenService {
  private readonly breaker = circuitBreaker(handleWhen(isOutage), {
    halfOpenAfter: BREAKER_RETRY_MS,
    breaker: new ConsecutiveBreaker(MAX_FAILURES),
  });
  private readonly policy;

  /** @param atOnce how many at the same time; 256 more can wait */
  constructor(
    private readonly service: TokenService,
    atOnce: number,
  ) {
    this.policy = wrap(bulkhead(atOnce, MAX_QUEUED_LOOKUPS), this.breaker);
  }

  get circuit(): Circuit {
    switch (this.breaker.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half_open';
      case CircuitState.Open:
      case CircuitState.Isolated:
        return 'open';
    }
  }

  async lookUp(token: string): Promise<TokenInfo | null> {
    try {
      return await this.policy.execute(() => this.service.lookUp(token));
    } catch (error) {
      if (isBrokenCircuitError(error)) throw new TokenServiceUnavailableError('failed repeatedly');
      if (isBulkheadRejectedError(error)) throw new TokenServiceUnavailableError('too many look-ups');
      throw error;
    }
  }
}
