import { describe, expect, it } from '@jest/globals';
import { readApiConfig } from './api-config.js';
import { ConfigurationError } from './configuration-error.js';
import { type Environment } from './environment.js';

const least = { TOKENINFO_URL: 'https://tokens.example/tokeninfo', DEPLOYER_SCOPE: 'deploy', ALLOWED_USERS: 'robot' };

function mistakesOf(env: Environment): readonly string[] {
  try {
    readApiConfig(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('the configuration of the API', () => {
  it('has the documented defaults', () => {
    expect(readApiConfig(least)).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      redis: { url: 'redis://127.0.0.1:6379' },
      allowEviction: false,
      queuePrefix: 'lizzy',
      region: 'eu-west-1',
      log: { level: 'info', format: 'default' },
      sentryDsn: null,
      metricsPort: null,
      tokenUrl: null,
      syncWaitSeconds: 300,
      rateLimitPerMinute: 1200,
      maxUnfinishedJobsPerUser: 1000,
      history: { days: 90, maxJobs: 1_000_000 },
      trustedProxies: [],
    });
  });

  it('takes an empty variable for none', () => {
    expect(readApiConfig({ ...least, PORT: '', ALLOWED_USER_PATTERN: '' }).port).toBe(8080);
    expect(mistakesOf({ ...least, DEPLOYER_SCOPE: '' })).toEqual(['DEPLOYER_SCOPE: is required']);
  });

  it('takes true and false for a switch, and nothing else', () => {
    expect(readApiConfig({ ...least, REDIS_ALLOW_EVICTION: 'true' }).allowEviction).toBe(true);
    expect(mistakesOf({ ...least, REDIS_ALLOW_EVICTION: 'yes' })).toEqual([
      'REDIS_ALLOW_EVICTION: must be true or false',
    ]);
  });

  it('names every mistake at once', () => {
    expect(
      mistakesOf({
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
    ['DEPLOYER_SCOPE', 'two scopes'],
    ['QUEUE_PREFIX', '{lizzy}'],
    ['LOG_FORMAT', 'xml'],
    ['SYNC_WAIT_SECONDS', '0'],
    ['RATE_LIMIT_PER_MINUTE', '1.5'],
    ['HISTORY_DAYS', '0'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', 'proxy.example'],
    ['METRICS_PORT', 'on'],
    ['SENTRY_DSN', 'key'],
  ])('refuses %s=%s', (name, value) => {
    const mistakes = mistakesOf({ ...least, [name]: value });
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${name}: must be `));
  });

  it('keeps secrets out of its messages', () => {
    expect(mistakesOf({ ...least, REDIS_URL: 'http://:hunter2@redis' }).join()).not.toContain('hunter2');
  });

  it('reads secrets from files', () => {
    const config = readApiConfig({ ...least, REDIS_URL_FILE: '/run/redis' }, (path) =>
      path === '/run/redis' ? 'rediss://:secret@redis:6380\n' : '',
    );
    expect(config.redis.url).toBe('rediss://:secret@redis:6380');
    expect(mistakesOf({ ...least, REDIS_URL_FILE: '/nowhere/at/all' })).toEqual([
      'REDIS_URL_FILE: the file cannot be read (ENOENT)',
    ]);
  });

  it('cannot be changed', () => {
    const config = readApiConfig(least);
    expect(Object.isFrozen(config) && Object.isFrozen(config.redis)).toBe(true);
  });
});
