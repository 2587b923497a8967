import { AccessDenied, type AccessDenial, bearerChallenge } from './access-denied.js';
import { type AccessRules, denialOf } from './access-rules.js';
import { readBearer } from './bearer-strategy.js';
import { type TokenService } from './token-info.js';

/** Who sent a request. */
export interface Caller {
  readonly uid: string;
  readonly realm: string | null;
}

/** Decides who is let in. */
export class Authenticator {
  constructor(
    private readonly tokens: TokenService,
    private readonly rules: AccessRules,
  ) {}

  /**
   * Finds out who sends a request.
   * @param authorization the value of its `Authorization` header
   * @throws AccessDenied, TokenServiceUnavailable
   */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const outcome = await readBearer(authorization, (token) => this.tokens.identify(token));
    if ('failed' in outcome) throw this.denied(outcome.failed === 'no_token' ? 'missing_token' : 'invalid_token');
    const denial = denialOf(outcome.user, this.rules);
    if (denial !== null) throw this.denied(denial);
    return { uid: outcome.user.uid, realm: outcome.user.realm };
  }

  /** The error for a request that nobody vouches for. */
  denied(denial: AccessDenial): AccessDenied {
    return new AccessDenied(denial, bearerChallenge(denial, this.rules.scope));
  }
}
