import type { Answer } from './tokeninfo-endpoint.js';
import type { TokenFacts, Tokens } from './tokens.js';

/** The clients and users that can get tokens, with their secrets. */
export interface Accounts {
  readonly clients: Readonly<Record<string, string>>;
  readonly users: Readonly<Record<string, string>>;
}

/**
 * POST /oauth2/access_token: the token endpoint of RFC 6749 (section 3.2) with the grants of sections 4.3 (password)
 * and 4.4 (client credentials). Errors as in section 5.2.
 */
export function issueToken(tokens: Tokens, accounts: Accounts, form: URLSearchParams, authorization: string): Answer {
  const client = readClient(form, authorization);
  if (client === undefined || !matches(accounts.clients, client.id, client.secret)) {
    return { ...refuse('invalid_client', 401), headers: { 'www-authenticate': 'Basic realm="lizzy-local"' } };
  }
  const scope = (form.get('scope') ?? 'uid').split(' ').filter((word) => word !== '');
  switch (form.get('grant_type')) {
    case 'client_credentials':
      return give(tokens, { uid: client.id, realm: '/services', clientId: client.id, scope });
    case 'password': {
      const user = form.get('username') ?? '';
      if (!matches(accounts.users, user, form.get('password') ?? '')) return refuse('invalid_grant', 400);
      return give(tokens, { uid: user, realm: '/employees', clientId: client.id, grantType: 'password', scope });
    }
    case null:
      return refuse('invalid_request', 400);
    default:
      return refuse('unsupported_grant_type', 400);
  }
}

/** RFC 6749, section 2.3.1: HTTP Basic with form-encoded parts, or parameters of the body. */
function readClient(form: URLSearchParams, authorization: string): { id: string; secret: string } | undefined {
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1];
  if (basic !== undefined) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':').map(decode);
    return { id, secret };
  }
  const id = form.get('client_id');
  return id === null ? undefined : { id, secret: form.get('client_secret') ?? '' };
}

function decode(part: string): string {
  return new URLSearchParams(`part=${part}`).get('part') ?? '';
}

function matches(secrets: Readonly<Record<string, string>>, name: string, secret: string): boolean {
  return Object.hasOwn(secrets, name) && secrets[name] === secret;
}

function give(tokens: Tokens, facts: TokenFacts & { readonly scope: readonly string[] }): Answer {
  const token = tokens.add(facts);
  const secondsLeft = tokens.find(token)?.secondsLeft;
  return {
    status: 200,
    body: { access_token: token, token_type: 'Bearer', expires_in: secondsLeft, scope: facts.scope.join(' ') },
    headers: { 'cache-control': 'no-store' },
  };
}

function refuse(error: string, status: number): Answer {
  return { status, body: { error } };
}
