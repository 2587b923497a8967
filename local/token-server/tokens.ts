import { randomBytes } from 'node:crypto';

const DEFAULT_LIFETIME_SECONDS = 3600;

/** The data of a token. */
export interface TokenFacts {
  readonly uid: string;
  readonly scope?: readonly string[];
  readonly realm?: string;
  readonly expiresInSeconds?: number;
  readonly clientId?: string;
  readonly grantType?: 'client_credentials' | 'password';
}

interface Stored extends Required<TokenFacts> {
  readonly expiresAt: number;
}

/** The tokens that the development server has issued, in memory. */
export class Tokens {
  private readonly stored = new Map<string, Stored>();

  /** Registers a token; without a name it gets a random one. Returns the token. */
  add(facts: TokenFacts, token = randomBytes(24).toString('base64url')): string {
    const expiresInSeconds = facts.expiresInSeconds ?? DEFAULT_LIFETIME_SECONDS;
    this.stored.set(token, {
      scope: ['uid'],
      realm: '/services',
      clientId: facts.uid,
      grantType: 'client_credentials',
      ...facts,
      expiresInSeconds,
      expiresAt: Date.now() + expiresInSeconds * 1000,
    });
    return token;
  }

  remove(token: string): void {
    this.stored.delete(token);
  }

  /** The data of a token that is known and has not expired. */
  find(token: string): { facts: Required<TokenFacts>; secondsLeft: number } | undefined {
    const found = this.stored.get(token);
    if (found === undefined || found.expiresAt <= Date.now()) return undefined;
    return { facts: found, secondsLeft: Math.ceil((found.expiresAt - Date.now()) / 1000) };
  }
}
