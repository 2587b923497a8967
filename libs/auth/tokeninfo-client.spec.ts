import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TokenServiceUnavailable } from './token-info.js';
import { TokeninfoClient } from './tokeninfo-client.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A fake token service that answers as told. */
async function startFakeTokenService(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/oauth2/tokeninfo?tenant=a`;
}

describe('asking the token service', () => {
  it('sends the token and reads its owner', async () => {
    let asked = '';
    const url = await startFakeTokenService((request, response) => {
      asked = request.url ?? '';
      response.end(JSON.stringify({ uid: 'robot', realm: '/services', scope: ['uid', 'deploy'], expires_in: 60 }));
    });
    expect(await new TokeninfoClient(url).identify('a b&c=d')).toEqual({
      uid: 'robot',
      realm: '/services',
      scopes: ['uid', 'deploy'],
      expiresInSeconds: 60,
    });
    expect(new URL(asked, url).searchParams.get('access_token')).toBe('a b&c=d');
    expect(new URL(asked, url).searchParams.get('tenant')).toBe('a');
  });

  it.each([400, 401])('takes %i for an invalid token', async (status) => {
    const url = await startFakeTokenService((_request, response) => response.writeHead(status).end('{}'));
    expect(await new TokeninfoClient(url).identify('t')).toBeNull();
  });

  it('takes a token that has ended for an invalid one', async () => {
    const url = await startFakeTokenService((_request, response) =>
      response.end('{"uid":"robot","scope":[],"expires_in":0}'),
    );
    expect(await new TokeninfoClient(url).identify('t')).toBeNull();
  });

  it.each<[string, RequestListener]>([
    ['500', (_request, response) => response.writeHead(500).end()],
    ['403', (_request, response) => response.writeHead(403).end()],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['no JSON', (_request, response) => response.end('<html>')],
    ['an owner without a name', (_request, response) => response.end('{"uid":7,"scope":["deploy"]}')],
    ['a list', (_request, response) => response.end('[]')],
    ['a cut connection', (request) => request.socket.destroy()],
    ['silence', () => undefined],
  ])('lets nobody in after %s', async (_name, answer) => {
    const url = await startFakeTokenService(answer);
    const asking = new TokeninfoClient(url, 200).identify('secret-token');
    await expect(asking).rejects.toBeInstanceOf(TokenServiceUnavailable);
    await expect(asking).rejects.not.toThrow(/secret-token/);
  });
});
