import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TokenInfoClient, TokenServiceUnavailableError } from './token-info.client.js';

const robot = { uid: 'robot', realm: '/services', scope: ['uid', 'deploy'], client_id: 'ci', expires_in: 60 };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A fake token service with a fixed behaviour. Returns its URL. */
async function startFakeTokenService(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/oauth2/tokeninfo?tenant=a`;
}

async function lookUp(handle: RequestListener, token = 'token'): ReturnType<TokenInfoClient['lookUp']> {
  return await new TokenInfoClient(await startFakeTokenService(handle), 500).lookUp(token);
}

describe('TokenInfoClient', () => {
  it('returns the owner, scopes and client of a token', async () => {
    expect(await lookUp((_request, response) => response.end(JSON.stringify(robot)))).toEqual({
      uid: 'robot',
      realm: '/services',
      scopes: ['uid', 'deploy'],
      clientId: 'ci',
      expiresInSeconds: 60,
    });
  });

  it('sends the token in the header, not in the URL, and accepts no compression', async () => {
    const requests: IncomingMessage[] = [];
    await lookUp((request, response) => {
      requests.push(request);
      response.end(JSON.stringify(robot));
    }, 'a.b~c');
    expect(requests).toHaveLength(1);
    expect(requests[0]?.url).toBe('/oauth2/tokeninfo?tenant=a');
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer a.b~c', 'accept-encoding': 'identity' });
  });

  it.each([400, 401])('treats status %i as an invalid token', async (status) => {
    expect(await lookUp((_request, response) => response.writeHead(status).end('{}'))).toBeNull();
  });

  it.each([{ expires_in: 0 }, { expires_in: -5 }, { active: false }])(
    'treats %p as an invalid token',
    async (members) => {
      expect(await lookUp((_request, response) => response.end(JSON.stringify({ ...robot, ...members })))).toBeNull();
    },
  );

  it.each<[string, RequestListener]>([
    ['status 500', (_request, response) => response.writeHead(500).end()],
    ['status 403', (_request, response) => response.writeHead(403).end()],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['HTML', (_request, response) => response.end('<html>')],
    ['a uid that is not a string', (_request, response) => response.end('{"uid":7,"scope":["deploy"]}')],
    ['an array', (_request, response) => response.end('[]')],
    ['a closed connection', (request) => request.socket.destroy()],
    ['no response in time', () => undefined],
    ['more than 64 KiB', (_request, response) => response.end(JSON.stringify({ ...robot, x: 'x'.repeat(65_536) }))],
    [
      'a compressed body',
      (_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(robot))),
    ],
  ])('fails without disclosing the token on %s', async (_name, handle) => {
    const lookup = lookUp(handle, 'secret-token');
    await expect(lookup).rejects.toBeInstanceOf(TokenServiceUnavailableError);
    const error: unknown = await lookup.catch((reason: unknown) => reason);
    expect(error instanceof Error && `${error.message} ${String(error.cause)}`).not.toContain('secret-token');
  });
});
