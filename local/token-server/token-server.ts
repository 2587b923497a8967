import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { issueToken, type Accounts } from './token-endpoint.js';
import { tokeninfo, tokenOf, type Answer } from './tokeninfo-endpoint.js';
import { Tokens, type TokenFacts } from './tokens.js';
import { causeFault, type Fault } from './faults.js';

const TOKEN_PATH = '/oauth2/access_token';
const TOKENINFO_PATH = '/oauth2/tokeninfo';
const HEALTH_PATH = '/health';

export interface TokenServerOptions extends Partial<Accounts> {
  /** 0 or none: any free port. */
  readonly port?: number;
  /** The address to listen on (127.0.0.1). */
  readonly host?: string;
  /** To start again with the tokens of one that was stopped. */
  readonly tokens?: Tokens;
}

/** A development OAuth2 server: it knows no security, it speaks the protocols that Lizzy and its callers use. */
export interface TokenServer {
  readonly url: string;
  readonly port: number;
  readonly tokens: Tokens;
  readonly tokenUrl: string;
  readonly tokeninfoUrl: string;
  /** Creates a token for any user, with any scopes and lifetime. */
  addToken(facts: TokenFacts, token?: string): string;
  /** Sets the fault of tokeninfo (for one token when given); none when undefined. */
  setFault(fault: Fault | undefined, token?: string): void;
  /** The number of requests to tokeninfo, for this token or in total. */
  timesAsked(token?: string): number;
  stop(): Promise<void>;
}

/** Starts the development OAuth2 server in this process. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const tokens = options.tokens ?? new Tokens();
  const accounts = { clients: options.clients ?? {}, users: options.users ?? {} };
  const faults = new Map<string | undefined, Fault>();
  const asked: string[] = [];

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST' && url.pathname === TOKEN_PATH) {
      const form = new URLSearchParams(await text(request));
      send(response, issueToken(tokens, accounts, form, request.headers.authorization ?? ''));
    } else if (request.method === 'GET' && url.pathname === TOKENINFO_PATH) {
      const token = tokenOf(request.headers.authorization, url.searchParams);
      asked.push(token ?? '');
      const fault = faults.get(token ?? '') ?? faults.get(undefined);
      if (fault !== undefined && (await causeFault(fault, response))) return;
      send(response, tokeninfo(tokens, token));
    } else if (request.method === 'GET' && url.pathname === HEALTH_PATH) {
      send(response, { status: 200, body: { status: 'ok' } });
    } else {
      send(response, { status: 404, body: { error: 'not_found' } });
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the token server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    port: address.port,
    tokens,
    tokenUrl: url + TOKEN_PATH,
    tokeninfoUrl: url + TOKENINFO_PATH,
    addToken: (facts, token) => tokens.add(facts, token),
    setFault: (fault, token) => {
      if (fault === undefined) faults.delete(token);
      else faults.set(token, fault);
    },
    timesAsked: (token) => asked.filter((each) => token === undefined || each === token).length,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
