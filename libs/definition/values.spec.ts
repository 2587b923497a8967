import { describe, expect, it } from '@jest/globals';
import { type ZodType } from 'zod';
import { tagSchema, tagsSchema } from './tags.js';
import { imageSchema, newScaleSchema, parameterSchema, percentageSchema, stackVersionSchema } from './values.js';

const RULES: readonly (readonly [string, ZodType, readonly unknown[], readonly unknown[]])[] = [
  [
    'version',
    stackVersionSchema,
    ['v1', '42', 'a'.repeat(100)],
    ['', '1.0', 'v-1', 'v1\n', 'a'.repeat(101), '--help', 1],
  ],
  [
    'parameter',
    parameterSchema,
    ['1.0', 'A=b=c', '', 'ü'.repeat(4096)],
    ['--help', '-', 'a\nb', 'a\u0000', 'a\u0085', 'a\u2028', 'a\u2066b', 'a\ud800', 'a'.repeat(4097)],
  ],
  [
    'image',
    imageSchema,
    ['ami-0aa0000000000002b', 'ami-12345678', 'latest', 'staging', 'dev'],
    ['ami-1', 'ami-0AA00000', 'stable', 'latest ', '--image'],
  ],
  ['new_scale', newScaleSchema, [0, 100], [-1, 101, 1.5, '1']],
  ['percentage', percentageSchema, [0, 0.5, 12.5, 100], [-1, 1e-9, 0.49, 100.5, Number.NaN, '1']],
  [
    'tag',
    tagSchema,
    ['Team=payments', 'a b/c:d@e+f-g_h.i=x', 'name=x', `${'k'.repeat(128)}=${'v'.repeat(256)}`],
    [
      'Team',
      '=x',
      'a=b=c',
      '-t=x',
      'aws:x=y',
      'AWS:x=y',
      'LizzyJobId=1',
      ' LizzyJobId=1',
      'Lizzy=1',
      'Name=x',
      'StackName=x',
      'StackVersion=x',
      'a=b\n',
      'Empty=',
      'a=\u202eb',
      'a=b\u2028',
      'a\nb=c',
      'a#=b',
      'a=#1',
      'a=x,y',
      'a=\u{1F600}',
      `${'k'.repeat(129)}=v`,
      `k=${'v'.repeat(257)}`,
    ],
  ],
];

describe.each(RULES)('a %s', (_, schema, accepted, refused) => {
  it.each(accepted.map((value) => [value]))('may be %j', (value) => {
    expect(schema.safeParse(value).success).toBe(true);
  });

  it.each(refused.map((value) => [value]))('is not %j', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

describe('a percentage', () => {
  it('is rounded down to half percents, as Senza does', () => {
    expect([33.3, 99.99, 0.5].map((share) => percentageSchema.parse(share))).toEqual([33, 99.5, 0.5]);
  });
});

describe('tags', () => {
  it('are 40 at most', () => {
    const tags = Array.from({ length: 41 }, (_, index) => `k${index}=v`);
    expect(tagsSchema.safeParse(tags.slice(1)).success).toBe(true);
    expect(tagsSchema.safeParse(tags).success).toBe(false);
  });

  it('do not repeat a key', () => {
    expect(tagsSchema.safeParse(['a=1', 'a=2']).error?.issues).toMatchObject([{ path: [1] }]);
  });
});
