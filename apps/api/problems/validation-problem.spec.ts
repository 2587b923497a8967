import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { validationProblem } from './validation-problem.js';

describe('a validation problem', () => {
  const deployment = z
    .strictObject({
      new_traffic: z.int().nullish(),
      dry_run: z.boolean().nullish(),
      source: z.strictObject({ commit: z.string() }).nullish(),
    })
    .nullish()
    .transform((body) => body ?? {});
  const detailsOf = (body: unknown): (string | undefined)[] =>
    (validationProblem(deployment.safeParse(body).error?.issues ?? [], deployment, body).parts.errors ?? []).map(
      ({ detail }) => detail,
    );

  it('suggests the known field that is near an unknown one, in nested objects too', () => {
    expect(detailsOf({ newTraffic: 1 })).toEqual(['is unknown; did you mean "new_traffic"?']);
    expect(detailsOf({ source: { commit: 'x', comit: 'x' } })).toEqual(['is unknown; did you mean "commit"?']);
    expect(detailsOf({ shoe_size: 42 })).toEqual(['is unknown']);
  });

  it('suggests the field of a nested object that was given without the object', () => {
    expect(detailsOf({ commit: 'x' })).toEqual(['is unknown; did you mean "source.commit"?']);
    expect(detailsOf({ source_commit: 'x' })).toEqual(['is unknown; did you mean "source.commit"?']);
  });

  it('suggests nothing for very many unknown fields', () => {
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`newTraffic${index}`, 1]));
    expect(new Set(detailsOf(many))).toEqual(new Set(['is unknown']));
  });

  it('explains that numbers and flags have no quotes', () => {
    expect(detailsOf({ new_traffic: '100', dry_run: 'true' })).toEqual([
      'must be a number, without quotes',
      'must be true or false, without quotes',
    ]);
    expect(detailsOf({ new_traffic: 'all', dry_run: 'yes' })).toEqual(['must be a number', 'must be true or false']);
  });

  it('names the allowed values and the limits', () => {
    const schema = z.strictObject({
      if_exists: z.enum(['fail', 'accept']),
      schema: z.literal(2),
      new_traffic: z.number().min(0).max(100),
      region: z.string().min(1).max(3),
      status: z.array(z.string()).min(1).max(2),
    });
    const detailsOfValues = (body: unknown): (string | undefined)[] =>
      (validationProblem(schema.safeParse(body).error?.issues ?? [], schema, body).parts.errors ?? []).map(
        ({ detail }) => detail,
      );
    const wrong = { if_exists: 'x', schema: 1, new_traffic: 101, region: 'long', status: [] };
    expect(detailsOfValues(wrong)).toEqual([
      'must be one of fail, accept',
      'must be 2',
      'must be at most 100',
      'must have at most 3 characters',
      'must not be empty',
    ]);
    const others = { if_exists: 'fail', schema: 2, new_traffic: -1, region: '', status: ['a', 'b', 'c'] };
    expect(detailsOfValues(others)).toEqual(['must be at least 0', 'must not be empty', 'must have at most 2 items']);
  });

  it('lists a hundred wrong fields, and the number of the others', () => {
    const many = Object.fromEntries(Array.from({ length: 70_000 }, (_each, index) => [`field${index}`, 1]));
    const { parts } = validationProblem(deployment.safeParse(many).error?.issues ?? [], deployment, many);
    expect([parts.errors?.length, parts.members]).toEqual([100, { more_errors: 69_900 }]);
  });

  it('names every wrong field by its JSON pointer', () => {
    const schema = z.strictObject({ name: z.string(), list: z.array(z.string()), 'a/b~c': z.string() });
    const value = { list: ['x', 1], 'a/b~c': 1, odd: 1, 'o/d': 2 };
    expect(validationProblem(schema.safeParse(value).error?.issues ?? [], schema, value).parts.errors).toEqual([
      { pointer: '/name', detail: 'is required' },
      { pointer: '/list/1', detail: 'must be a string' },
      { pointer: '/a~1b~0c', detail: 'must be a string' },
      { pointer: '/odd', detail: 'is unknown' },
      { pointer: '/o~1d', detail: 'is unknown' },
    ]);
  });
});
