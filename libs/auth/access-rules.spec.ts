import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AccessDeniedError, AccessRules, type AccessRulesOptions, type Caller } from './access-rules.js';
import { type TokenInfo, TokenServiceUnavailableError } from './token-info.client.js';

const options: AccessRulesOptions = {
  deployerScope: 'deploy',
  readScope: 'read',
  adminScope: 'admin',
  jobActions: 'owner',
  allows: (uid) => uid !== 'mallory',
};
const rules = new AccessRules(options);
const robot: TokenInfo = {
  uid: 'robot',
  scopes: ['uid', 'deploy'],
  realm: '/services',
  clientId: 'ci',
  expiresInSeconds: 60,
};

function authorize(info: Partial<TokenInfo>, method: string, { isStale = false } = {}): Caller {
  return rules.authorize({ info: { ...robot, ...info }, isStale }, method);
}

describe('AccessRules', () => {
  it.each(['GET', 'POST', 'DELETE'])('allows %s with the deployer scope', (method) => {
    expect(authorize({}, method)).toEqual({ uid: 'robot', realm: '/services', clientId: 'ci', isAdmin: false });
  });

  it('allows reads, but no changes, with the read scope', () => {
    expect(authorize({ scopes: ['read'] }, 'GET').uid).toBe('robot');
    expect(() => authorize({ scopes: ['read'] }, 'POST')).toThrow('does not have the required scope "deploy"');
  });

  it('allows administrators to read, and to change only with the deployer scope', () => {
    expect(authorize({ scopes: ['admin'] }, 'GET').isAdmin).toBe(true);
    expect(() => authorize({ scopes: ['admin'] }, 'POST')).toThrow('does not have the required scope "deploy"');
  });

  it('requires the scope of administrators where only they may read, and says so when there is none', () => {
    expect(() => {
      rules.assertAdmin(authorize({}, 'GET'));
    }).toThrow('does not have the required scope "admin"');
    expect(() => {
      new AccessRules({ ...options, adminScope: null }).assertAdmin(authorize({ scopes: ['admin'] }, 'GET'));
    }).toThrow('ADMIN_SCOPE is not set');
    rules.assertAdmin(authorize({ scopes: ['admin'] }, 'GET'));
  });

  it('lets only the submitter and administrators act on a job, or every user when configured', () => {
    const robotCaller = authorize({}, 'POST');
    expect(() => {
      rules.assertMayActOnJobsOf(['anna'], robotCaller);
    }).toThrow('Only "anna", who submitted this job, and administrators may cancel or retry it');
    rules.assertMayActOnJobsOf(['robot'], robotCaller);
    rules.assertMayActOnJobsOf(['anna'], authorize({ scopes: ['deploy', 'admin'] }, 'POST'));
    expect(new AccessRules({ ...options, jobActions: 'all' }).mayActOnJobsOf(['anna'], robotCaller)).toBe(true);
  });

  it('denies a token without a sufficient scope and names the scope', () => {
    expect(() => authorize({ scopes: ['uid'] }, 'GET')).toThrow(
      expect.objectContaining({
        denial: 'insufficient_scope',
        challenge: 'Bearer realm="lizzy", error="insufficient_scope", scope="read"',
      }),
    );
  });

  it.each(['mallory', ''])('denies the user "%s" and names it', (uid) => {
    expect(() => authorize({ uid }, 'GET')).toThrow(
      expect.objectContaining({ denial: 'user_not_allowed', subject: uid, challenge: 'Bearer realm="lizzy"' }),
    );
  });

  it('allows only reads while a token cannot be verified again', () => {
    expect(authorize({}, 'GET', { isStale: true }).uid).toBe('robot');
    expect(() => authorize({}, 'POST', { isStale: true })).toThrow(TokenServiceUnavailableError);
  });
});

describe('AccessDeniedError', () => {
  it('has no error code in its challenge when the request has no token', () => {
    expect(new AccessDeniedError('missing_token').challenge).toBe('Bearer realm="lizzy"');
    expect(new AccessDeniedError('invalid_token').challenge).toContain('error="invalid_token"');
  });
});

describe('whatever a token and the settings are', () => {
  const scopes = fc.array(fc.constantFrom<string[]>('uid', 'deploy', 'read', 'admin', 'Deploy', ''), { maxLength: 4 });
  const uid = fc.constantFrom('robot', 'mallory', '', 'anna');
  const settings = fc.record({
    deployerScope: fc.constantFrom('deploy', 'admin'),
    readScope: fc.constantFrom('read', 'deploy'),
    adminScope: fc.constantFrom('admin', null),
    jobActions: fc.constantFrom('all' as const, 'owner' as const),
    allowed: fc.constantFrom('robot', 'anna'),
  });

  it('a change needs the deployer scope, an allowed user and a verified token, and acting on jobs of others a right', () => {
    const method = fc.constantFrom('GET', 'HEAD', 'TRACE', 'POST', 'PATCH', 'DELETE', 'PUT', 'get', 'QUERY');
    const property = fc.property(settings, scopes, uid, method, fc.boolean(), (given, owned, user, verb, isStale) => {
      const access = new AccessRules({ ...given, allows: (each) => each === given.allowed });
      const isRead = ['GET', 'HEAD', 'TRACE', 'QUERY'].includes(verb);
      const hasScope =
        owned.includes(given.deployerScope) ||
        (isRead && (owned.includes(given.readScope) || owned.includes(given.adminScope ?? '-')));
      let caller: Caller | null = null;
      try {
        caller = access.authorize({ info: { ...robot, uid: user, scopes: owned }, isStale }, verb);
      } catch (error) {
        expect(error instanceof AccessDeniedError || error instanceof TokenServiceUnavailableError).toBe(true);
      }
      expect(caller !== null).toBe(hasScope && user === given.allowed && (isRead || !isStale));
      if (caller === null) return;
      const mayAct = given.jobActions === 'all' || owned.includes(given.adminScope ?? '-');
      expect(access.mayActOnJobsOf(['someone'], caller)).toBe(mayAct);
      expect(access.mayActOnJobsOf([user], caller)).toBe(true);
    });
    fc.assert(property, { seed: 15, numRuns: 1000 });
  });
});
