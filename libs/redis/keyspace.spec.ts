import { describe, expect, it } from '@jest/globals';
import { keyspace } from './keyspace.js';

describe('keyspace', () => {
  it('begins every key with one hash tag', () => {
    expect(keyspace('lizzy').key('job', 'abc', 'log')).toBe('{lizzy}:job:abc:log');
    expect(keyspace('lizzy').tag).toBe('{lizzy}');
  });

  it.each(['', '{a', 'a}b', 'a b'])('rejects %p, which would break the tag', (prefix) => {
    expect(() => keyspace(prefix)).toThrow(RangeError);
  });
});
