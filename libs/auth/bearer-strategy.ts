import { Strategy, type VerifyFunction } from 'passport-http-bearer';
import { z } from 'zod';

// The strategy's types ask for a whole request of Express; it looks at headers, body and query, whoever's they are.
const headersOnly = z.custom<Parameters<Strategy<VerifyFunction>['authenticate']>[0]>(
  (value) => typeof value === 'object' && value !== null && 'headers' in value,
);

/** What Passport's strategy made of a header: a valid token's owner, or none. */
export type BearerOutcome<T> = { user: T } | { failed: 'no_token' | 'invalid_token' };

/**
 * Reads an `Authorization` header with Passport's bearer strategy and asks `identify` about its token.
 *
 * The strategy would take a token from the query and the body as well. It is shown the header alone: tokens in addresses
 * end up in logs (RFC 6750, section 5.3).
 * @throws what `identify` throws
 */
export async function readBearer<T>(
  authorization: string | undefined,
  identify: (token: string) => Promise<T | null>,
): Promise<BearerOutcome<T>> {
  return await new Promise((resolve, reject) => {
    let owner: T | null = null;
    const verify: VerifyFunction = (token, done) => {
      identify(token).then((found) => {
        owner = found;
        done(null, found ?? false);
      }, done);
    };
    const attempt = Object.assign(new Strategy(verify), {
      success: () => {
        resolve(owner === null ? { failed: 'invalid_token' } : { user: owner });
      },
      // A challenge with an error means that a token was asked about; a bare one or 400 that there was none.
      fail: (challenge: unknown) => {
        const asked = typeof challenge === 'string' && challenge.includes('error="invalid_token"');
        resolve({ failed: asked ? 'invalid_token' : 'no_token' });
      },
      error: reject,
    });
    attempt.authenticate(headersOnly.parse({ headers: { authorization } }));
  });
}
