import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import passport from 'passport';
import { Strategy, type VerifyFunctionWithRequest } from 'passport-http-bearer';
import { z } from 'zod';
import { AccessDeniedError, AccessRules, type Caller } from './access-rules.js';
import { bearerToken } from './bearer-token.js';
import { TokenCache } from './token-cache.js';

/** The name of the strategy in Passport. */
export const BEARER = 'bearer';

type StrategyRequest = Parameters<Strategy<VerifyFunctionWithRequest>['authenticate']>[0];
// The strategy's types require a request of Express, but it reads these members of any request.
const strategyRequest = z.custom<StrategyRequest>(
  (value) => typeof value === 'object' && value !== null && 'headers' in value,
);
const middleware = z.custom<(request: FastifyRequest, reply: FastifyReply, next: (error?: unknown) => void) => void>(
  (value) => typeof value === 'function',
);

/**
 * Verifies bearer tokens with the token service and applies the access rules.
 *
 * passport-http-bearer also accepts tokens from the query and the body. It is shown the `Authorization` header only, because
 * addresses and bodies end up in logs (RFC 6750, section 5.3).
 */
@Injectable()
export class BearerStrategy extends PassportStrategy(Strategy, BEARER) {
  constructor(
    private readonly tokens: TokenCache,
    private readonly rules: AccessRules,
  ) {
    super({ passReqToCallback: true });
  }

  override authenticate({ headers: { authorization }, method }: StrategyRequest): void {
    const token = bearerToken(authorization);
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    super.authenticate(strategyRequest.parse({ headers, method }));
  }

  /** Called by Passport with the token of a request. @throws AccessDeniedError, TokenServiceUnavailableError */
  async validate({ method }: { method: string }, token: string): Promise<Caller> {
    const verified = await this.tokens.verify(token);
    if (verified === null) throw new AccessDeniedError('invalid_token');
    return this.rules.authorize(verified, method);
  }
}

/**
 * Authenticates a request with the {@link BearerStrategy}. Passport reports neither an error nor a caller for a request without a
 * token or with a malformed header.
 * @throws AccessDeniedError, TokenServiceUnavailableError
 */
export async function authenticateBearer(request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
  return await new Promise((resolve, reject) => {
    const done = (error: unknown, caller: Caller | false | null): void => {
      if (error instanceof Error) reject(error);
      else if (caller === false || caller === null) reject(new AccessDeniedError('missing_token'));
      else resolve(caller);
    };
    middleware.parse(passport.authenticate(BEARER, { session: false }, done))(request, reply, reject);
  });
}
