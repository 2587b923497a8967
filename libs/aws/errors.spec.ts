import { describe, expect, it } from '@jest/globals';
import { awsOutcome, readAwsError } from './errors.js';

function sdkError(name: string, httpStatusCode?: number): Error {
  return Object.assign(new Error('words of AWS'), { name, $metadata: { httpStatusCode } });
}

describe('readAwsError', () => {
  it.each([
    [sdkError('Throttling', 400), 'throttled'],
    [sdkError('RequestLimitExceeded', 503), 'throttled'],
    [sdkError('Whatever', 429), 'throttled'],
    [sdkError('CredentialsProviderError'), 'no_credentials'],
    [sdkError('ExpiredToken', 403), 'no_credentials'],
    [sdkError('AccessDenied', 403), 'refused'],
    [sdkError('Whatever', 403), 'refused'],
    [sdkError('TimeoutError'), 'unavailable'],
    [sdkError('Whatever', 502), 'unavailable'],
    // The name blames the request, the status AWS.
    [sdkError('InvalidAction', 503), 'unavailable'],
    [sdkError('UnknownError', 500), 'unavailable'],
    [sdkError('LimitExceededException', 400), 'invalid'],
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'unavailable'],
    [sdkError('ValidationError', 400), 'invalid'],
    [new Error('x'), 'unknown'],
    ['text', 'unknown'],
  ])('reads %p as %s', (error, code) => {
    expect(readAwsError('listing the stacks', error)).toMatchObject({ code, cause: error });
  });

  it('says what was being done', () => {
    expect(readAwsError('listing the stacks', sdkError('Throttling')).message).toBe('listing the stacks: words of AWS');
  });
});

describe('awsOutcome', () => {
  it.each([
    [200, null, 'succeeded'],
    [400, 'Throttling', 'throttled'],
    [400, 'ValidationError', 'invalid'],
    [403, null, 'refused'],
    [503, 'Unknown', 'unavailable'],
    [null, null, 'unavailable'],
  ] as const)('reads status %p with the code %p as %s', (status, error, outcome) => {
    expect(awsOutcome(status, error)).toBe(outcome);
  });
});
