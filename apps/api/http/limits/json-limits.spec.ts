import { describe, expect, it } from '@jest/globals';
import { jsonLimitProblem } from './json-limits.js';

describe('the limits of JSON bodies', () => {
  const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  it('are 32 levels and 10,000 values', () => {
    expect(jsonLimitProblem(lists(32))).toBeNull();
    expect(jsonLimitProblem(lists(33))).toBe('The body is nested more than 32 levels deep');
    expect(jsonLimitProblem('{"a":'.repeat(33))).toBe('The body is nested more than 32 levels deep');
    expect(jsonLimitProblem(JSON.stringify(Array.from({ length: 9_999 }, () => 1)))).toBeNull();
    expect(jsonLimitProblem(JSON.stringify(Array.from({ length: 10_000 }, () => 1)))).toBe(
      'The body has more than 10,000 values',
    );
  });

  it('do not count what is in strings, and count what follows them', () => {
    const text = `${lists(40)},"\\`.repeat(1000);
    expect(jsonLimitProblem(JSON.stringify({ text, list: [[]] }))).toBeNull();
    expect(jsonLimitProblem(JSON.stringify({ text }) + lists(40))).toMatch(/nested/);
    expect(jsonLimitProblem('"unclosed \\')).toBeNull();
  });
});
