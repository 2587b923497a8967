import { describe, expect, it } from '@jest/globals';
import { checkQuery } from './query-limit.js';

describe('a query', () => {
  const url = (parameters: number): string => `/api/jobs?${Array.from({ length: parameters }, () => 'a=1').join('&')}`;

  it.each(['/api/jobs', '/api/jobs?', url(1), url(200)])('may have 200 parameters', (each) => {
    expect(() => {
      checkQuery({ url: each });
    }).not.toThrow();
  });

  it('with more is rejected', () => {
    expect(() => {
      checkQuery({ url: url(201) });
    }).toThrow('more than 200 parameters');
  });
});
