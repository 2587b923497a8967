import { describe, expect, it } from '@jest/globals';
import { regionSchema } from './region.js';

describe('a region', () => {
  it.each([
    'eu-west-1',
    'us-gov-west-1',
    'ap-southeast-12',
    'cn-northwest-1',
    'mx-central-1',
    'eusc-de-east-1',
    'eu-nowhere-1',
  ])('accepts %j', (region) => {
    expect(regionSchema.safeParse(region).success).toBe(true);
  });

  it.each(['xx-made-up-1', 'eu-west', 'EU-west-1', 'eu-west-1\n', 'eu-west-1 ', 'eu-west-123', '--x'])(
    'rejects %j',
    (region) => {
      expect(regionSchema.safeParse(region).success).toBe(false);
    },
  );
});
