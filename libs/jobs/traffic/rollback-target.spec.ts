import { describe, expect, it } from '@jest/globals';
import { rollbackTarget } from './rollback-target.js';

describe('the weights that a rollback restores', () => {
  it('are those of each domain that had traffic, also of records that belong to no version', () => {
    const shop = { domain: 'shop.example.org', variant: null, weights: { 'shop-1': 33.5, 'shop-2': 16.5, legacy: 50 } };
    const ipv6 = { domain: 'six.example.org', variant: 'AAAA', weights: { 'shop-1': 100 } };
    const added = { domain: 'added.example.org', variant: null, weights: { 'shop-3': 0 } };
    expect(rollbackTarget({ before: [shop, ipv6, added] })).toEqual([shop, ipv6]);
  });

  it.each([
    [
      'no version had traffic',
      [{ domain: 'shop.example.org', variant: null, weights: { 'shop-1': 0 } }],
      /No version had traffic/,
    ],
    ['there was no domain', [], /No version had traffic/],
    [
      'the weights of two hosted zones were different',
      [{ domain: 'shop.example.org', variant: 'A in /hostedzone/Z1', weights: { 'shop-1': 100 } }],
      /shop\.example\.org had different weights in two hosted zones/,
    ],
  ])('are refused when %s', (_when, before, why) => {
    expect(() => rollbackTarget({ before })).toThrow(why);
  });
});
