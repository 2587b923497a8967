import { describe, expect, it } from '@jest/globals';
import { fingerprint } from './submission-context.decorator.js';

describe('a fingerprint', () => {
  it('does not depend on the order of properties, but on that of lists', () => {
    expect(fingerprint({ a: 1, b: { c: [1, 2], d: null } })).toBe(fingerprint({ b: { d: null, c: [1, 2] }, a: 1 }));
    expect(fingerprint([1, 2])).not.toBe(fingerprint([2, 1]));
  });

  it('distinguishes values of different types', () => {
    const all = [{ a: 1 }, { a: '1' }, { a: null }, {}, [], '', { a: [1] }, { a: { '0': 1 } }].map(fingerprint);
    expect(new Set(all).size).toBe(all.length);
  });
});
