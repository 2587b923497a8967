import { describe, expect, it } from '@jest/globals';
import { readApiConfig, warningsAbout } from './api.config.js';
import { ConfigurationError } from './configuration-error.js';
import { type Environment } from './env.js';

const required = {
  TOKENINFO_URL: 'https://tokens.example/tokeninfo',
  DEPLOYER_SCOPE: 'deploy',
  ALLOWED_USERS: 'robot',
};

function errorsOf(env: Environment): readonly string[] {
  try {
    readApiConfig(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.errors;
    throw error;
  }
  return [];
}

describe('readApiConfig', () => {
  it('has the documented defaults', () => {
    expect(readApiConfig(required)).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      redis: { url: 'redis://127.0.0.1:6379' },
      allowEviction: false,
      queuePrefix: 'lizzy',
      region: 'eu-west-1',
      log: { level: 'info', format: 'default' },
      sentry: { dsn: null, environment: null },
      metrics: null,
      deployerScope: 'deploy',
      readScope: 'deploy',
      adminScope: null,
      jobActions: 'all',
      audit: { days: 365, maxEntries: 500_000 },
      tokenUrl: null,
      syncWaitSeconds: 300,
      rateLimitPerMinute: 1200,
      maxUnfinishedJobsPerUser: 1000,
      history: { days: 90, maxJobs: 1_000_000 },
      limits: {
        connections: 10_000,
        waitingRequests: 5000,
        waitingRequestsPerUser: 100,
        headerSeconds: 10,
        bodySeconds: 30,
        sendSeconds: 30,
      },
      trustedProxies: [],
    });
  });

  it('treats an empty variable as unset', () => {
    expect(readApiConfig({ ...required, PORT: '', ALLOWED_USER_PATTERN: '' }).port).toBe(8080);
    expect(errorsOf({ ...required, DEPLOYER_SCOPE: '' })).toEqual(['DEPLOYER_SCOPE: is required']);
  });

  it('accepts only true and false for a flag', () => {
    expect(readApiConfig({ ...required, REDIS_ALLOW_EVICTION: 'true' }).allowEviction).toBe(true);
    expect(errorsOf({ ...required, REDIS_ALLOW_EVICTION: 'yes' })).toEqual([
      'REDIS_ALLOW_EVICTION: must be true or false',
    ]);
  });

  it('reports all errors at once', () => {
    expect(
      errorsOf({
        PORT: '99999',
        REGION: 'Ireland',
        LOG_LEVEL: 'loud',
        ALLOWED_USERS: 'a',
        ALLOWED_USER_PATTERN: 'b',
      }),
    ).toEqual([
      'ALLOWED_USERS, ALLOWED_USER_PATTERN: exactly one of them must be set',
      'REGION: must be an AWS region such as eu-west-1',
      'LOG_LEVEL: must be DEBUG, INFO, WARNING or ERROR',
      'PORT: must be a whole number from 0 to 65535',
      'TOKENINFO_URL: is required',
      'DEPLOYER_SCOPE: is required',
    ]);
  });

  it.each([
    ['PORT', '80a'],
    ['PORT', '-1'],
    ['REDIS_URL', 'http://redis'],
    ['REDIS_URL', 'nonsense'],
    ['TOKENINFO_URL', 'ftp://x'],
    ['TOKENINFO_URL', 'https://user:hunter2@tokens.example'],
    ['READ_SCOPE', 'two scopes'],
    ['DEPLOYER_SCOPE', 'two scopes'],
    ['QUEUE_PREFIX', '{lizzy}'],
    ['LOG_FORMAT', 'xml'],
    ['SYNC_WAIT_SECONDS', '0'],
    ['RATE_LIMIT_PER_MINUTE', '1.5'],
    ['HISTORY_DAYS', '0'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '0.0.0.0/0'],
    ['TRUSTED_PROXIES', 'proxy.example'],
    ['METRICS_PORT', 'on'],
    ['REGION', 'xx-made-up-1'],
    ['SENTRY_DSN', 'key'],
    ['SENTRY_DSN', 'https://sentry.example/7'],
    ['SENTRY_DSN', 'https://key@sentry.example/project'],
  ])('rejects %s=%s', (name, value) => {
    const errors = errorsOf({ ...required, [name]: value });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(new RegExp(`^${name}: must be `));
  });

  it('does not disclose values in its messages', () => {
    expect(errorsOf({ ...required, REDIS_URL: 'http://:hunter2@redis' }).join()).not.toContain('hunter2');
  });

  it('reads secrets from files', () => {
    const config = readApiConfig({ ...required, REDIS_URL_FILE: '/run/redis' }, (path) =>
      path === '/run/redis' ? 'rediss://:secret@redis:6380\n' : '',
    );
    expect(config.redis.url).toBe('rediss://:secret@redis:6380');
    expect(errorsOf({ ...required, REDIS_URL_FILE: '/nowhere/at/all' })).toEqual([
      'REDIS_URL_FILE: the file cannot be read (ENOENT)',
    ]);
    // A Redis on this host would be another one than the operator means.
    expect(errorsOf({ ...required, REDIS_URL_FILE: '/dev/null' })).toEqual(['REDIS_URL_FILE: the file is empty']);
  });

  it.each([
    [{ METRICS_PORT: '9090' }, { host: '0.0.0.0', port: 9090 }],
    [
      { METRICS_PORT: '9090', HOST: '127.0.0.1' },
      { host: '127.0.0.1', port: 9090 },
    ],
    [
      { METRICS_PORT: '9090', HOST: '127.0.0.1', METRICS_HOST: '10.0.0.1' },
      { host: '10.0.0.1', port: 9090 },
    ],
  ])('serves metrics with %p at %p', (variables, metrics) => {
    expect(readApiConfig({ ...required, ...variables }).metrics).toEqual(metrics);
  });

  it('is frozen', () => {
    const config = readApiConfig(required);
    expect(Object.isFrozen(config) && Object.isFrozen(config.redis)).toBe(true);
  });
});

describe('warningsAbout', () => {
  it.each(['http://tokens.example/tokeninfo', 'http://10.0.0.1'])('warns that %s sends tokens in clear text', (url) => {
    expect(warningsAbout({ tokeninfoUrl: url })).toEqual([expect.stringContaining('TOKENINFO_URL')]);
  });

  it.each(['https://tokens.example', 'http://127.0.0.1:8000', 'http://localhost/x', 'http://[::1]:1'])(
    'accepts %s',
    (url) => {
      expect(warningsAbout({ tokeninfoUrl: url })).toEqual([]);
    },
  );
});
