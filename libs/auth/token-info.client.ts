import { isUtf8 } from 'node:buffer';
import { z } from 'zod';

/** How long the token service may take for its whole response, in milliseconds. */
const TIMEOUT_MS = 5_000;
const MAX_RESPONSE_BYTES = 64 * 1024;
/**
 * Zalando's PlanB answers 400 for an unknown or expired token, others 401; 422 and 431 mean that this token is the reason. They are
 * answers, not failures: otherwise a client could open the circuit breaker.
 */
const INVALID_TOKEN_STATUSES: readonly number[] = [400, 401, 422, 431];
/** The form of a token (`b64token` of RFC 6750, section 2.1). Servers accept 8 KiB of header fields or more. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const MAX_TOKEN_LENGTH = 7 * 1024;
/** By how many seconds the clock of the token service may be ahead of this one. */
const CLOCK_LEEWAY_SECONDS = 60;

const scopes = z.union([
  z.array(z.string()),
  // RFC 7662 and other token services: one string.
  z.string().transform((text) => text.split(' ').filter((scope) => scope !== '')),
]);

// Names are compared with the allowed users, and shown to people in logs, jobs and audit records: no control characters, line
// separators, bidirectional and invisible characters. A token with others is invalid, not the whole response: otherwise a single user could
// open the circuit breaker.
const NAME = /^[^\p{C}\p{Zl}\p{Zp}\p{DI}]{0,255}$/u;

/** The response of the token service, in the form of Zalando's PlanB; `active` is RFC 7662's. Other members are ignored. */
const tokenInfoSchema = z
  .object({
    active: z.boolean().nullish(),
    // A token may belong to no user: it is not accepted, but the response is not malformed.
    uid: z.string().nullish(),
    // RFC 6749, section 5.2. Some services send it with status 200.
    error: z.unknown().optional(),
    scope: scopes.default([]),
    realm: z.string().nullish(),
    client_id: z.string().nullish(),
    expires_in: z.number().nullish(),
    // RFC 7662, section 2.2: in seconds since 1970.
    exp: z.number().nullish(),
    nbf: z.number().nullish(),
  })
  .transform(({ expires_in, exp, ...others }) => ({ ...others, expiresInSeconds: earlier(expires_in, exp) }))
  .transform(({ active, error, uid, scope, realm, client_id, nbf, expiresInSeconds }) => ({
    active:
      active !== false &&
      (error ?? null) === null &&
      (nbf ?? 0) <= Date.now() / 1000 + CLOCK_LEEWAY_SECONDS &&
      (expiresInSeconds ?? 1) > 0 &&
      [uid, realm, client_id].every((name) => NAME.test(name ?? '')),
    info: {
      uid: uid ?? '',
      scopes: scope,
      realm: realm ?? null,
      clientId: client_id ?? null,
      expiresInSeconds,
    },
  }));

/** The lifetime of a token in seconds, by the earlier of two ends; null: unknown. */
function earlier(expiresIn: number | null | undefined, expiresAt: number | null | undefined): number | null {
  const lifetimes = [expiresIn ?? Infinity, (expiresAt ?? Infinity) - Date.now() / 1000];
  const seconds = Math.min(...lifetimes);
  return seconds === Infinity ? null : seconds;
}

/** A token's owner (empty: none), those of its scopes that matter, client, and lifetime (null: unknown). */
export type TokenInfo = z.output<typeof tokenInfoSchema>['info'];

/** Describes tokens. */
export interface TokenService {
  /**
   * @returns null when the token is invalid or expired
   * @throws TokenServiceUnavailableError
   */
  lookUp(token: string): Promise<TokenInfo | null>;
}

/** The outcome of one request to the token service. */
interface TokenServiceResponse {
  readonly outcome: 'valid' | 'invalid' | 'unavailable';
  readonly milliseconds: number;
  /** Why it is unavailable; null when it has answered. */
  readonly reason: string | null;
}

/** Called when the token service has answered, or has not in time. */
export type OnTokenServiceResponse = (response: TokenServiceResponse) => void;

/** The token service is unavailable or its response is unusable: no token can be accepted or rejected. */
export class TokenServiceUnavailableError extends Error {
  override readonly name = 'TokenServiceUnavailableError';

  /**
   * @param reason never contains the token
   * @param isOfToken whether this token alone may be the reason: other tokens can be looked up
   */
  constructor(
    reason: string,
    readonly isOfToken = false,
  ) {
    super(`token service: ${reason}`);
  }
}

/**
 * Asks a token service over HTTP: `GET TOKENINFO_URL` with the token in the `Authorization` header, because addresses end up in logs
 * (RFC 6750, section 5.3). The response is limited to 64 KiB and must not be compressed.
 */
export class TokenInfoClient implements TokenService {
  /**
   * @param relevantScopes others are not kept: a response may have 64 KiB of them, and thousands of tokens are cached
   * @param onResponse called after each request
   */
  constructor(
    private readonly url: string,
    private readonly relevantScopes: readonly string[],
    private readonly timeoutMs = TIMEOUT_MS,
    private readonly onResponse: OnTokenServiceResponse = () => undefined,
  ) {}

  async lookUp(token: string): Promise<TokenInfo | null> {
    if (token.length > MAX_TOKEN_LENGTH || !TOKEN.test(token)) return null;
    const startedAt = performance.now();
    const report = (outcome: TokenServiceResponse['outcome'], reason: string | null = null): void => {
      this.onResponse({ outcome, milliseconds: performance.now() - startedAt, reason });
    };
    try {
      const info = await this.ask(token);
      report(info === null ? 'invalid' : 'valid');
      return info;
    } catch (error) {
      report('unavailable', error instanceof TokenServiceUnavailableError ? error.message : null);
      throw error;
    }
  }

  private async ask(token: string): Promise<TokenInfo | null> {
    const { status, text } = await this.request(token);
    if (INVALID_TOKEN_STATUSES.includes(status)) return null;
    if (status !== 200) throw new TokenServiceUnavailableError(`responded with status ${status}`);
    const json = parseJson(text);
    const parsed = tokenInfoSchema.safeParse(json);
    if (!parsed.success) {
      const isObject = z.looseObject({}).safeParse(json).success;
      throw new TokenServiceUnavailableError('responded with something other than token info', isObject);
    }
    const { active, info } = parsed.data;
    return active ? { ...info, scopes: this.relevantScopes.filter((scope) => info.scopes.includes(scope)) } : null;
  }

  private async request(token: string): Promise<{ status: number; text: string }> {
    const headers = { accept: 'application/json', 'accept-encoding': 'identity', authorization: `Bearer ${token}` };
    try {
      const signal = AbortSignal.timeout(this.timeoutMs);
      const response = await fetch(this.url, { headers, redirect: 'error', signal });
      return { status: response.status, text: await readLimited(response) };
    } catch (error) {
      if (error instanceof TokenServiceUnavailableError) throw error;
      throw new TokenServiceUnavailableError(`no response (${codeOf(error)})`);
    }
  }
}

async function readLimited(response: Response): Promise<string> {
  const encoding = response.headers.get('content-encoding');
  if (encoding !== null && encoding !== 'identity') {
    await response.body?.cancel();
    throw new TokenServiceUnavailableError('responded with a compressed body');
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return '';
  // Leaving the loop cancels the body.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_RESPONSE_BYTES) throw new TokenServiceUnavailableError('responded with more than 64 KiB', true);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks);
  // Replacement characters would make one name of several.
  if (!isUtf8(text)) throw new TokenServiceUnavailableError('responded with a body that is not UTF-8', true);
  return text.toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The code or name of an error of fetch. Its message may quote headers. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.name : 'unknown error';
}
