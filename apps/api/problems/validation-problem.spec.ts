import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { validationProblem } from './to-problem.js';

describe('a validation problem', () => {
  it('names every wrong field by its JSON pointer', () => {
    const schema = z.strictObject({ name: z.string(), list: z.array(z.string()), 'a/b~c': z.string() });
    const { error } = schema.safeParse({ list: ['x', 1], 'a/b~c': 1, odd: 1, 'o/d': 2 });
    expect(validationProblem(error?.issues ?? []).parts.errors).toEqual([
      { pointer: '/name', detail: 'is required' },
      { pointer: '/list/1', detail: expect.stringContaining('expected string') },
      { pointer: '/a~1b~0c', detail: expect.stringContaining('expected string') },
      { pointer: '/odd', detail: 'is unknown' },
      { pointer: '/o~1d', detail: 'is unknown' },
    ]);
  });
});
