import { describe, expect, it } from '@jest/globals';
import { canonicalPath, fingerprint } from './submission-context.decorator.js';

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

describe('the canonical path', () => {
  it.each([
    ['/api/stacks/hello-v1', '/api/stacks/hello-v1'],
    ['/api/stacks/%68ello%2Dv1?region=eu-west-1', '/api/stacks/hello-v1'],
    ['/api/stacks/a%2fb', '/api/stacks/a%2Fb'],
    ['/api/stacks/a%252fb', '/api/stacks/a%252fb'],
  ])('of %s is %s', (url, path) => {
    expect(canonicalPath(url)).toBe(path);
  });
});
