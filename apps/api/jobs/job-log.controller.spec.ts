import { describe, expect, it } from '@jest/globals';
import { prefersText } from './job-log.controller.js';

describe('the form of a log', () => {
  it.each(['text/plain', 'text/*', 'text/plain, application/json;q=0.5', 'TEXT/PLAIN', 'text/plain, */*;q=0.1'])(
    'is text for %s',
    (accept) => {
      expect(prefersText(accept)).toBe(true);
    },
  );

  it.each([
    undefined,
    '*/*',
    'application/json',
    'application/x-ndjson, text/plain;q=0.9',
    'text/plain;q=0',
    'image/png',
    '',
  ])('is lines of JSON for %p', (accept) => {
    expect(prefersText(accept)).toBe(false);
  });
});
