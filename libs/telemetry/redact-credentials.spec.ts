import { describe, expect, it } from '@jest/globals';
import { redactCredentials } from './redact-credentials.js';

describe('redactCredentials', () => {
  it.each([
    ['Authorization: Bearer hunter2.hunter2', 'Authorization: Bearer [redacted]'],
    ['connecting to redis://:hunter2@redis:6379', 'connecting to redis://[redacted]@redis:6379'],
    ['connecting to https://user:hunter2@tokens', 'connecting to https://[redacted]@tokens'],
    ['GET /tokeninfo?access_token=hunter2&x=1', 'GET /tokeninfo?access_token=[redacted]&x=1'],
    ['{"password":"hunter2"}', '{"password":"[redacted]"}'],
    ['signed with AKIAHUNTER2HUNTER2HU', 'signed with [redacted]'],
  ])('redacts %s', (text, redacted) => {
    expect(redactCredentials(text)).toBe(redacted);
  });

  it.each(['Stack hello-1 is in ROLLBACK_COMPLETE', 'https://sentry.example/1', 'at file:///app/main.js:10:5'])(
    'keeps %s',
    (text) => {
      expect(redactCredentials(text)).toBe(text);
    },
  );
});
