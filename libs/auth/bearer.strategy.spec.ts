import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { AccessDeniedError } from './access-rules.js';
import { OPEN_RULES } from './access-rules.fixture.js';
import { bearerHook } from './bearer.guard.js';
import { BearerStrategy } from './bearer.strategy.js';
import { TokenCache } from './token-cache.js';

const robot = { uid: 'robot', scopes: ['deploy'], realm: '/services', clientId: 'ci', expiresInSeconds: 60 };

/** Passport, its strategy and Fastify as installed, with a fake token service. */
describe('BearerStrategy', () => {
  let server: FastifyInstance;
  let lookedUp: string[];

  beforeEach(async () => {
    lookedUp = [];
    const lookUp = (token: string): Promise<typeof robot | null> => {
      lookedUp.push(token);
      return Promise.resolve(token === 'good' ? robot : null);
    };
    new BearerStrategy(new TokenCache({ lookUp }), OPEN_RULES);
    server = Fastify();
    server.decorateRequest('caller', null);
    server.addHook('onRequest', bearerHook);
    server.setErrorHandler((error, _request, reply) => {
      void reply.code(401).send(error instanceof AccessDeniedError ? error.denial : String(error));
    });
    server.all('/', (request) => request.caller);
    await server.ready();
  });

  afterEach(async () => {
    await server.close();
  });

  it.each(['Bearer good', 'bearer good', 'BEARER good', 'Bearer  good'])('accepts "%s"', async (authorization) => {
    const response = await server.inject({ url: '/', headers: { authorization } });
    expect(response.json()).toEqual({ uid: 'robot', realm: '/services', clientId: 'ci', isAdmin: false });
  });

  it.each(['', 'good', 'Basic good', 'Bearer', 'Bearer ', 'Bearer good extra'])(
    'finds no token in %p',
    async (authorization) => {
      const response = await server.inject({ url: '/', headers: { authorization } });
      expect([response.statusCode, response.body]).toEqual([401, 'missing_token']);
      expect(lookedUp).toEqual([]);
    },
  );

  it('rejects an invalid token', async () => {
    const response = await server.inject({ url: '/', headers: { authorization: 'Bearer bad' } });
    expect([response.statusCode, response.body]).toEqual([401, 'invalid_token']);
  });

  it('reads no token from the query or the body', async () => {
    const body = { access_token: 'good' };
    const response = await server.inject({ method: 'POST', url: '/?access_token=good', body });
    expect(response.body).toBe('missing_token');
    expect(lookedUp).toEqual([]);
  });
});
