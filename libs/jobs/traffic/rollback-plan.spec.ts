import { describe, expect, it } from '@jest/globals';
import { planRollback } from './rollback-plan.js';

const SHOP = { region: 'eu-west-1', name: 'shop' };
const domain = (
  weights: Record<string, number>,
  name = 'shop.example.org',
): { domain: string; weights: Record<string, number> } => ({ domain: name, weights });

describe('planning a rollback', () => {
  it('returns all traffic to the only version that had it', () => {
    const target = [domain({ 'shop-1': 100, 'shop-2': 0 }), domain({ 'shop-1': 100 }, 'other.example.org')];
    expect(planRollback(SHOP, target)).toEqual([{ version: '1', percentage: 100 }]);
  });

  it('restores several shares, the largest first', () => {
    expect(planRollback(SHOP, [domain({ 'shop-1': 20, 'shop-2': 50, 'shop-3': 30 })])).toEqual([
      { version: '2', percentage: 100 },
      { version: '3', percentage: 40 },
      { version: '1', percentage: 20 },
    ]);
  });

  it.each([
    ['no version had traffic', [domain({ 'shop-1': 0 })], /No version had traffic/],
    ['there was no domain', [], /No version had traffic/],
    ['a record of no version had traffic', [domain({ legacy: 10, 'shop-1': 90 })], /legacy/],
    [
      'the weights of two domains were different',
      [domain({ 'shop-1': 100 }), domain({ 'shop-2': 100 }, 'other.example.org')],
      /other\.example\.org were different/,
    ],
  ])('refuses when %s', (_when, target, why) => {
    expect(() => planRollback(SHOP, target)).toThrow(why);
  });
});
