import { describe, expect, it } from '@jest/globals';
import { AccessDenied } from './access-denied.js';
import { Authenticator } from './authenticator.js';
import { type TokenInfo } from './token-info.js';

const owners: Readonly<Record<string, TokenInfo>> = {
  good: { uid: 'robot', scopes: ['uid', 'deploy'], realm: '/services', expiresInSeconds: 60 },
  unscoped: { uid: 'robot', scopes: ['uid'], realm: null, expiresInSeconds: 60 },
  ownerless: { uid: '', scopes: ['deploy'], realm: null, expiresInSeconds: 60 },
  foreign: { uid: 'mallory', scopes: ['deploy'], realm: null, expiresInSeconds: 60 },
};
const authenticator = new Authenticator(
  { identify: (token) => Promise.resolve(owners[token] ?? null) },
  { scope: 'deploy', allows: (uid) => uid !== 'mallory' },
);

async function denialOf(authorization: string | undefined): Promise<AccessDenied> {
  try {
    await authenticator.authenticate(authorization);
  } catch (error) {
    if (error instanceof AccessDenied) return error;
    throw error;
  }
  throw new Error('was let in');
}

describe('who is let in', () => {
  it.each(['Bearer good', 'bearer good', 'BEARER good'])('%s', async (authorization) => {
    expect(await authenticator.authenticate(authorization)).toEqual({ uid: 'robot', realm: '/services' });
  });

  it.each([undefined, '', 'good', 'Basic good', 'Bearer', 'Bearer ', 'Bearer good extra'])(
    'not %p: no token',
    async (authorization) => {
      expect(await denialOf(authorization)).toMatchObject({
        denial: 'missing_token',
        challenge: 'Bearer realm="lizzy"',
      });
    },
  );

  it('not an invalid token', async () => {
    const denied = await denialOf('Bearer bad');
    expect(denied.denial).toBe('invalid_token');
    expect(denied.challenge).toContain('error="invalid_token"');
  });

  it('not a token for something else', async () => {
    const denied = await denialOf('Bearer unscoped');
    expect(denied.challenge).toBe('Bearer realm="lizzy", error="insufficient_scope", scope="deploy"');
  });

  it.each(['foreign', 'ownerless'])('not a user who is not allowed: %s', async (token) => {
    expect((await denialOf(`Bearer ${token}`)).denial).toBe('user_not_allowed');
  });
});
