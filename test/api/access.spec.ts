import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { readAnswer } from '#client';
import { startApiTest } from '../support/api-test.js';

const OPEN = [
  '/health',
  '/health/live',
  '/health/ready',
  '/.well-known/schema-discovery',
  '/api/swagger.json',
  '/api/ui',
  '/api/ui/',
];

const { environment, api } = await startApiTest();

describe('deny by default', () => {
  it('requires a token on every route but the open ones', async () => {
    // Lizzy 2 returned the methods of its paths without a token.
    const asked = api.routes.filter(({ method }) => method !== 'OPTIONS');
    const guarded = asked.filter(({ pattern }) => !OPEN.includes(pattern) && !pattern.startsWith('/api/ui/'));
    expect(guarded.map(({ method, pattern }) => `${method} ${pattern}`)).toEqual(
      expect.arrayContaining([
        'POST /api/deployments',
        'GET /api/jobs',
        'GET /api/jobs/:id',
        'POST /api/jobs/:id/retry',
        'POST /api/stacks',
        'DELETE /api/stacks/:id',
      ]),
    );
    for (const { method, pattern } of guarded) {
      const answer = await readAnswer(await fetch(api.url + pattern.replace(':id', 'x'), { method }));
      expect([method, pattern, answer.status]).toEqual([method, pattern, 401]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="lizzy"');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  it.each(['/nope', '/api/nope', '/api/jobs/x/nope'])(
    'requires a token before it reports that %s is unknown',
    async (path) => {
      expect((await readAnswer(await fetch(api.url + path))).status).toBe(401);
      expect((await api.call('GET', path)).status).toBe(404);
    },
  );

  it.each([
    ['broken JSON', 'application/json', '{'],
    ['too much', 'application/json', `"${'x'.repeat(2 * 1024 * 1024)}"`],
    ['XML', 'application/xml', '<x/>'],
  ])('requires a token before it parses a body of %s', async (_name, type, body) => {
    const answer = await fetch(`${api.url}/api/deployments`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect((await readAnswer(answer)).status).toBe(401);
  });

  it.each(['POST', 'PUT', 'OPTIONS', 'TRACE', 'QUERY'])(
    'needs no token to refuse %s on an open path',
    async (method) => {
      const socket = connect(api.port, '127.0.0.1');
      socket.write(`${method} /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1.1 405 [^]*\r\nallow: GET, HEAD\r\n/);
    },
  );

  it.each(['/health/live', '/api/swagger.json', '/api/ui/'])('leaves %s open', async (path) => {
    expect((await readAnswer(await fetch(api.url + path))).status).toBe(200);
  });
});

describe('tokens', () => {
  it('are read from the header only', async () => {
    const query = await fetch(`${api.url}/api/jobs?access_token=${environment.token}`);
    expect((await readAnswer(query)).status).toBe(401);
    const form = new URLSearchParams({ access_token: environment.token });
    expect((await readAnswer(await fetch(`${api.url}/api/deployments`, { method: 'POST', body: form }))).status).toBe(
      401,
    );
  });

  it('must be valid', async () => {
    const answer = await api.call('GET', '/api/jobs', { headers: { authorization: 'Bearer nonsense' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('must have the scope', async () => {
    const token = environment.tokens.addToken({ uid: 'robot', scope: ['uid'] });
    const answer = await api.call('GET', '/api/jobs', { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="deploy"');
  });

  it("must be an allowed user's", async () => {
    const token = environment.tokens.addToken({ uid: 'mallory', scope: ['uid', 'deploy'] });
    const answer = await api.call('GET', '/api/jobs', { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ detail: 'User is not allowed to access this endpoint' });
  });

  it('are never logged', async () => {
    await api.call('GET', `/api/jobs?access_token=${environment.token}`);
    await api.call('GET', '/api/jobs');
    expect(api.logged()).toContain('Request answered');
    expect(api.logged()).not.toContain(environment.token);
  });
});
