import type { Tokens } from './tokens.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** GET /oauth2/tokeninfo?access_token=..., as Zalando's PlanB token info answers it. */
export function tokeninfo(tokens: Tokens, query: URLSearchParams): Answer {
  const token = query.get('access_token');
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
