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

async function lookUp(
  handle: RequestListener,
  token = 'token',
  limitMs = 60_000,
): ReturnType<TokenInfoClient['lookUp']> {
  return await new TokenInfoClient(await startFakeTokenService(handle), ['uid', 'deploy'], limitMs).lookUp(token);
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

  it.each([
    ['an array', Array.from({ length: 4_000 }, (_, each) => `scope-${each}`).concat('deploy')],
    ['a text', `${'long-scope '.repeat(4_000)}deploy`],
  ])('keeps of thousands of scopes in %s only those that matter: tokens are cached', async (_form, scope) => {
    const info = await lookUp((_request, response) => response.end(JSON.stringify({ ...robot, scope })));
    expect(info?.scopes).toEqual(['deploy']);
  });

  it.each([
    [{ expires_in: 600, exp: Date.now() / 1000 + 300 }, 300],
    [{ expires_in: 300, exp: Date.now() / 1000 + 600 }, 300],
    [{ expires_in: null, exp: Date.now() / 1000 + 300 }, 300],
    // In milliseconds: far in the future.
    [{ expires_in: 300, exp: Date.now() }, 300],
    [{ expires_in: null, exp: null }, null],
    [{ expires_in: 1e308 }, 1e308],
  ])('takes the earlier end of %j', async (members, expected) => {
    const info = await lookUp((_request, response) => response.end(JSON.stringify({ ...robot, ...members })));
    const seconds = info?.expiresInSeconds ?? null;
    expect(seconds === null ? null : Math.ceil(seconds / 100) * 100).toBe(expected);
  });

  it.each([-3_600, 10])('accepts a token that is valid from %i seconds after now: clocks differ', async (seconds) => {
    const members = { active: true, nbf: Date.now() / 1000 + seconds };
    const info = await lookUp((_request, response) => response.end(JSON.stringify({ ...robot, ...members })));
    expect(info?.uid).toBe('robot');
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

  it.each(['a b', 'ä', 'a\u0080', '=', '"a"', 'x'.repeat(8_000)])(
    'treats a malformed token as invalid without a request',
    async (token) => {
      let requests = 0;
      const outcome = await lookUp((_request, response) => {
        requests += 1;
        response.writeHead(500).end();
      }, token);
      expect([outcome, requests]).toEqual([null, 0]);
    },
  );

  it.each([400, 401, 422, 431])('treats status %i as an invalid token', async (status) => {
    expect(await lookUp((_request, response) => response.writeHead(status).end('{}'))).toBeNull();
  });

  it.each([
    { expires_in: 0 },
    { expires_in: -5 },
    { exp: 0 },
    { exp: -1e308 },
    { exp: Date.now() / 1000 - 1 },
    { expires_in: -1, exp: Date.now() },
    { nbf: Date.now() / 1000 + 3_600 },
    { active: true, nbf: Date.now() },
    { active: false },
    { error: 'invalid_token' },
    { uid: 'robot\0' },
    { uid: '\u202erobot' },
    { uid: 'robot\u3164' },
    { uid: 'r'.repeat(1000) },
    { client_id: 'a\nb' },
  ])('treats %p as an invalid token', async (members) => {
    expect(await lookUp((_request, response) => response.end(JSON.stringify({ ...robot, ...members })))).toBeNull();
  });

  it.each<[string, RequestListener]>([
    ['status 500', (_request, response) => response.writeHead(500).end()],
    ['status 403', (_request, response) => response.writeHead(403).end()],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['HTML', (_request, response) => response.end('<html>')],
    ['a uid that is not a string', (_request, response) => response.end('{"uid":7,"scope":["deploy"]}')],
    ['an array', (_request, response) => response.end('[]')],
    ['a number', (_request, response) => response.end('1')],
    ['null', (_request, response) => response.end('null')],
    ['nothing', (_request, response) => response.end()],
    ['JSON that is cut off', (_request, response) => response.end('{"uid":"robot","scope":["deploy"')],
    ['a scope that is a number', (_request, response) => response.end('{"uid":"robot","scope":7}')],
    ['scopes that are no strings', (_request, response) => response.end('{"uid":"robot","scope":[["deploy"]]}')],
    ['a lifetime that is a text', (_request, response) => response.end('{"uid":"robot","scope":[],"expires_in":"9"}')],
    ['a lifetime that is not finite', (_request, response) => response.end('{"uid":"robot","expires_in":1e999}')],
    ['an end that is a text', (_request, response) => response.end('{"uid":"robot","exp":"2999-01-01"}')],
    ['a start that is a text', (_request, response) => response.end('{"uid":"robot","nbf":"2999-01-01"}')],
    ['several realms', (_request, response) => response.end('{"uid":"robot","realm":["/services","/employees"]}')],
    ['a state that is a text', (_request, response) => response.end('{"uid":"robot","active":"false"}')],
    ['status 204', (_request, response) => response.writeHead(204).end()],
    ['a redirect to itself', (request, response) => response.writeHead(307, { location: request.url }).end()],
    ['a header that does not end', (request) => request.socket.write('HTTP/1.1 200 OK\r\nx: ')],
    ['a header of 1 MiB', (request) => request.socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1_048_576)}\r\n\r\n`)],
    ['no HTTP', (request) => request.socket.end('\x16\x03\x01\x00')],
    [
      'a body that drips',
      (_request, response) => {
        const timer = setInterval(() => response.write(' '), 20);
        response.once('close', () => {
          clearInterval(timer);
        });
      },
    ],
    [
      'a body that is shorter than announced',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write(JSON.stringify(robot));
        response.socket?.end();
      },
    ],
    [
      'a body without an end',
      (_request, response) => {
        const more = (): void => {
          while (response.write(Buffer.alloc(65_536)) && !response.destroyed);
        };
        response.on('drain', more);
        more();
      },
    ],
    ['a closed connection', (request) => request.socket.destroy()],
    ['no response in time', () => undefined],
    ['a body that is not UTF-8', (_request, response) => response.end(Buffer.from('{"uid":"Jos\u00e9"}', 'latin1'))],
    ['more than 64 KiB', (_request, response) => response.end(JSON.stringify({ ...robot, x: 'x'.repeat(65_536) }))],
    [
      'a compressed body',
      (_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(robot))),
    ],
  ])('fails without disclosing the token on %s', async (_name, handle) => {
    const lookup = lookUp(handle, 'secret-token', 500);
    await expect(lookup).rejects.toBeInstanceOf(TokenServiceUnavailableError);
    const error: unknown = await lookup.catch((reason: unknown) => reason);
    expect(error instanceof Error && error.message).not.toContain('secret-token');
  });

  it.each<[string, Buffer | string, boolean]>([
    ['more than 64 KiB', JSON.stringify({ ...robot, x: 'x'.repeat(65_536) }), true],
    ['a name that is not UTF-8', Buffer.from('{"uid":"Jos\u00e9"}', 'latin1'), true],
    ['an unknown form', '{"uid":7}', true],
    ['something else than JSON', '<html>', false],
  ])('reports whether %s can be due to the token alone', async (_name, body, isOfToken) => {
    await expect(lookUp((_request, response) => response.end(body))).rejects.toMatchObject({ isOfToken });
  });
});
