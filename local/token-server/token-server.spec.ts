import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTokenServer, type TokenServer } from './token-server.js';

describe('the development token server', () => {
  let server: TokenServer;
  beforeEach(async () => {
    server = await startTokenServer({ clients: { robot: 's3cret' }, users: { jane: 'pw' } });
  });
  afterEach(async () => {
    await server.stop();
  });

  const ask = async (form: Record<string, string>, secret = 's3cret'): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(server.tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`robot:${secret}`).toString('base64')}` },
      body: new URLSearchParams(form),
    });
    return { status: response.status, body: await response.json() };
  };
  const info = async (token: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${server.tokeninfoUrl}?access_token=${token}`);
    return { status: response.status, body: await response.json() };
  };

  it('issues a token to a client, which tokeninfo returns in the format of PlanB', async () => {
    const answer = await ask({ grant_type: 'client_credentials', scope: 'uid deploy' });
    expect(answer.body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'uid deploy' });
    const token = /"access_token":"([^"]+)"/.exec(JSON.stringify(answer.body))?.[1] ?? '';
    expect(await info(token)).toEqual({
      status: 200,
      body: {
        access_token: token,
        client_id: 'robot',
        expires_in: 3600,
        grant_type: 'client_credentials',
        realm: '/services',
        scope: ['uid', 'deploy'],
        token_type: 'Bearer',
        uid: 'robot',
      },
    });
  });

  it('issues a token to a user for the password', async () => {
    expect((await ask({ grant_type: 'password', username: 'jane', password: 'pw' })).status).toBe(200);
    expect(await ask({ grant_type: 'password', username: 'jane', password: 'no' })).toEqual({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  });

  it('rejects a wrong client, an unknown grant and a missing one as RFC 6749 requires', async () => {
    expect((await ask({ grant_type: 'client_credentials' }, 'wrong')).status).toBe(401);
    expect((await ask({ grant_type: 'magic' })).body).toEqual({ error: 'unsupported_grant_type' });
    expect((await ask({})).body).toEqual({ error: 'invalid_request' });
  });

  it('rejects unknown and expired tokens', async () => {
    const notValid = { error: 'invalid_request', error_description: 'Access Token not valid' };
    const expired = server.addToken({ uid: 'jane', expiresInSeconds: 0 });
    expect(await info('invented')).toEqual({ status: 400, body: notValid });
    expect(await info(expired)).toEqual({ status: 400, body: notValid });
  });

  it('injects a fault for one token and not for another', async () => {
    const good = server.addToken({ uid: 'jane' });
    const bad = server.addToken({ uid: 'jane' }, 'bad');
    server.setFault({ kind: 'answer', status: 500, body: '{}' }, bad);
    expect((await info(bad)).status).toBe(500);
    expect((await info(good)).status).toBe(200);
    server.setFault({ kind: 'cut' });
    await expect(info(good)).rejects.toThrow();
    server.setFault(undefined);
    expect((await info(good)).status).toBe(200);
    expect(server.timesAsked(bad)).toBe(1);
  });
});
