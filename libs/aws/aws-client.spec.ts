import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AwsReader } from './index.js';
import { errorResponse, FakeAws, queryResponse, RecordingLimiter, stackPage } from './fake-aws.fixture.js';

const REGION = 'eu-west-1';

describe('a request to AWS', () => {
  let aws: FakeAws;
  let limiter: RecordingLimiter;
  let reader: AwsReader;

  beforeEach(async () => {
    aws = await FakeAws.start();
    limiter = new RecordingLimiter();
    reader = new AwsReader(limiter);
  });

  afterEach(async () => {
    reader.close();
    await aws.stop();
  });

  it('sends nothing when the budget cannot be read, and passes its error on', async () => {
    const error = Object.assign(new Error('Redis is unavailable'), { code: 'ECONNREFUSED' });
    limiter.onAcquire = () => Promise.reject(error);
    await expect(reader.listStacks(REGION)).rejects.toBe(error);
    expect([aws.bodies.length, limiter.acquired.length]).toEqual([0, 1]);
  });

  it('stops waiting for the budget when it is aborted', async () => {
    const controller = new AbortController();
    limiter.onAcquire = async (signal) => {
      controller.abort(new Error('cancelled'));
      signal?.throwIfAborted();
      return Promise.resolve();
    };
    await expect(reader.listStacks(REGION, controller.signal)).rejects.toThrow('cancelled');
    expect(aws.bodies).toHaveLength(0);
  });

  it('may be one of hundreds with the same signal, without a warning of Node', async () => {
    const { signal } = new AbortController();
    aws.responses = [stackPage(['a-1'])];
    await reader.listStacks(REGION, signal);
    // Node 20 has no public way to read it, and its warnings do not reach the `process` of Jest.
    const limits = Object.getOwnPropertySymbols(signal).filter((each) =>
      each.description?.includes('axEventTargetListeners'),
    );
    expect(limits.map((each): unknown => Reflect.get(signal, each))).toContain(0);
  });

  it('retries when AWS throttles, reports it to the budget, and takes the retries from it', async () => {
    aws.responses = [errorResponse(400, 'Throttling'), stackPage(['a-1'])];
    expect(await reader.listStacks(REGION)).toHaveLength(1);
    expect(limiter.slowedDown).toEqual([REGION]);
    expect(limiter.acquired).toHaveLength(2);
  });

  it('reports throttling when it continues', async () => {
    aws.responses = Array.from({ length: 10 }, () => errorResponse(400, 'Throttling'));
    await expect(reader.listStacks(REGION)).rejects.toMatchObject({ name: 'AwsError', code: 'throttled' });
    expect(limiter.slowedDown.length).toBe(aws.bodies.length);
    expect(limiter.acquired.length).toBe(aws.bodies.length);
  });

  it.each([
    ['AccessDenied', 'refused', errorResponse(403, 'AccessDenied')],
    ['ExpiredToken', 'no_credentials', errorResponse(403, 'ExpiredToken')],
    ['ValidationError', 'invalid', errorResponse(400, 'ValidationError')],
    [
      'a stack without a status',
      'unknown',
      queryResponse('ListStacks', '<StackSummaries><member><StackName>a-1</StackName></member></StackSummaries>'),
    ],
  ])('reads %s as %s', async (_what, code, given) => {
    aws.responses = [given];
    await expect(reader.listStacks(REGION)).rejects.toMatchObject({ code });
    expect(aws.bodies).toHaveLength(1);
  });

  it('does not mistake another refusal for a stack that does not exist', async () => {
    aws.responses = [errorResponse(400, 'ValidationError')];
    await expect(reader.stackByName(REGION, 'hello-1')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('retries server errors of AWS, and reports it as unavailable when they continue', async () => {
    aws.responses = [errorResponse(503, 'ServiceUnavailable'), stackPage(['a-1'])];
    expect(await reader.listStacks(REGION)).toHaveLength(1);
    await expect(reader.listStacks(REGION)).rejects.toMatchObject({ code: 'unavailable' });
    expect(limiter.slowedDown).toEqual([]);
  });
});
