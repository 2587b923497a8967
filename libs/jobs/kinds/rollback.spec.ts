import { describe, expect, it } from '@jest/globals';
import { rollbackPayload } from './rollback.js';

describe('rollbackPayload', () => {
  it('reads a job that waits since a version without records of no stack and without variants', () => {
    const stored = {
      stack_name: 'shop',
      stack_version: '1',
      region: 'eu-west-1',
      to_job: null,
      dry_run: false,
      source: null,
      undoes: 'job-1',
      target: [{ domain: 'shop.example.org', weights: { 'shop-1': 100 } }],
    };
    expect(rollbackPayload.parse(stored)).toMatchObject({
      target: [{ domain: 'shop.example.org', variant: null, weights: { 'shop-1': 100 } }],
      records: [],
    });
  });
});
