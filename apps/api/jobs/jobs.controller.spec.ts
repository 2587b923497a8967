import { describe, expect, it } from '@jest/globals';
import { entityTag, isNoneMatch } from './jobs.controller.js';

describe('an entity tag', () => {
  const tag = entityTag({ status: 'running' });

  it('stands for the content', () => {
    expect(tag).toMatch(/^W\/"[\w-]+"$/);
    expect(entityTag({ status: 'running' })).toBe(tag);
    expect(entityTag({ status: 'failed' })).not.toBe(tag);
  });

  it.each([tag, tag.slice(2), `"x", ${tag}`, '*'])('is known to If-None-Match: %s', (header) => {
    expect(isNoneMatch(header, tag)).toBe(true);
  });

  it.each([undefined, '', '"x"', 'W/"x"'])('is not known to If-None-Match: %p', (header) => {
    expect(isNoneMatch(header, tag)).toBe(false);
  });
});
