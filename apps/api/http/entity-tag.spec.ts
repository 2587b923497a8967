import { describe, expect, it } from '@jest/globals';
import { entityTag, isNoneMatch } from './entity-tag.js';

describe('an entity tag', () => {
  const tag = entityTag({ status: 'running' });

  it('identifies the content', () => {
    expect(tag).toMatch(/^W\/"[\w-]+"$/);
    expect(entityTag({ status: 'running' })).toBe(tag);
    expect(entityTag({ status: 'failed' })).not.toBe(tag);
  });

  it.each([tag, tag.slice(2), `"x", ${tag}`, '*'])('matches If-None-Match: %s', (header) => {
    expect(isNoneMatch(header, tag)).toBe(true);
  });

  it.each([undefined, '', '"x"', 'W/"x"'])('does not match If-None-Match: %p', (header) => {
    expect(isNoneMatch(header, tag)).toBe(false);
  });
});
