import type { Tokens } from './tokens.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** The token that a request asks about: in the `Authorization` header or, as in Lizzy 2, in the query. */
export function tokenOf(authorization: string | undefined, query: URLSearchParams): string | null {
  return /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? query.get('access_token');
}

/** `GET /oauth2/tokeninfo`: responds like Zalando's PlanB token info service. */
export function tokeninfo(tokens: Tokens, token: string | null): Answer {
  if (token === null) return invalid('Access Token not provided');
  const found = tokens.find(token);
  if (found === undefined) return invalid('Access Token not valid');
  const { facts, secondsLeft } = found;
  return {
    status: 200,
    body: {
      access_token: token,
      client_id: facts.clientId,
      expires_in: secondsLeft,
      grant_type: facts.grantType,
      realm: facts.realm,
      scope: facts.scope,
      token_type: 'Bearer',
      uid: facts.uid,
    },
  };
}

function invalid(description: string): Answer {
  return { status: 400, body: { error: 'invalid_request', error_description: description } };
}
