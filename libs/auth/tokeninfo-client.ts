import { tokenInfo, type TokenInfo, type TokenService, TokenServiceUnavailable } from './token-info.js';

/** How long the token service has for its whole answer. */
const TIMEOUT_MS = 5_000;
/** PlanB answers 400 for an unknown or expired token, others 401: both are answers, not failures. */
const STATUS_OF_INVALID_TOKENS: readonly number[] = [400, 401];

/** Asks a token service over HTTP: `GET TOKENINFO_URL?access_token=...`. */
export class TokeninfoClient implements TokenService {
  constructor(
    private readonly url: string,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  async identify(token: string): Promise<TokenInfo | null> {
    const { status, text } = await this.ask(token);
    if (STATUS_OF_INVALID_TOKENS.includes(status)) return null;
    if (status !== 200) throw new TokenServiceUnavailable(`it answered ${status}`);
    const info = tokenInfo.safeParse(parseJson(text));
    if (!info.success) throw new TokenServiceUnavailable('it answered something else than a token');
    const { expiresInSeconds } = info.data;
    return expiresInSeconds !== null && expiresInSeconds <= 0 ? null : info.data;
  }

  private async ask(token: string): Promise<{ status: number; text: string }> {
    const url = new URL(this.url);
    url.searchParams.set('access_token', token);
    try {
      const signal = AbortSignal.timeout(this.timeoutMs);
      const answer = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error', signal });
      return { status: answer.status, text: await answer.text() };
    } catch (error) {
      throw new TokenServiceUnavailable('no answer', { cause: withoutAddress(error) });
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// The token is part of the address, and errors of fetch may quote it.
function withoutAddress(error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  const name = error instanceof Error ? error.name : 'unknown error';
  return new Error(typeof code === 'string' ? code : name);
}
