import { z } from 'zod';

const scopes = z.union([
  z.array(z.string()),
  // The form of RFC 7662 and of other token services: one string.
  z.string().transform((text) => text.split(' ').filter((scope) => scope !== '')),
]);

/** What the token service says of a token, in the form of Zalando's PlanB. What else it says does not matter here. */
export const tokenInfo = z
  .object({
    // A token may be nobody's: then it is not valid for anybody, but no trouble of the token service either.
    uid: z.string().nullish(),
    scope: scopes.default([]),
    realm: z.string().nullish(),
    expires_in: z.number().nullish(),
  })
  .transform(({ uid, scope, realm, expires_in }) => ({
    uid: uid ?? '',
    scopes: scope,
    realm: realm ?? null,
    expiresInSeconds: expires_in ?? null,
  }));

/** A token's owner (empty: nobody), what it is for, and how long it lives (null: unknown). */
export type TokenInfo = z.output<typeof tokenInfo>;

/** Asks what a token is worth. */
export interface TokenService {
  /**
   * @returns null when the token is not valid (any more)
   * @throws TokenServiceUnavailable
   */
  identify(token: string): Promise<TokenInfo | null>;
}

/** The token service cannot be asked, or answers nonsense: nobody can be let in, and nobody is known to be wrong. */
export class TokenServiceUnavailable extends Error {
  override readonly name = 'TokenServiceUnavailable';

  /** @param reason never contains the token */
  constructor(reason: string, options?: ErrorOptions) {
    super(`asking the token service: ${reason}`, options);
  }
}
