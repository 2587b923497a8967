import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type FaultRule, until } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { type Answer } from '#client';
import { TestEnvironment } from '../support/test-environment.js';

const LISTING = '/api/stacks';
const STACK = '/api/stacks/shop-1';
const TRAFFIC = '/api/stacks/shop-1/traffic';
const ALL = [LISTING, STACK, TRAFFIC] as const;

let lizzy: TestEnvironment;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
  const { status } = await lizzy.call('POST', LISTING, { body: { senza_yaml: weighted('shop'), stack_version: '1' } });
  expect(status).toBe(201);
});
afterEach(async () => {
  await lizzy.aws.control.clearFaults();
});
afterAll(async () => {
  await lizzy.stop();
});

async function read(path: string): Promise<Answer> {
  return await lizzy.call('GET', path);
}

/** Reads until the response is no longer from before the outage. */
async function readDuringFault(path: string): Promise<Answer> {
  let answer: Answer | undefined;
  await until(`${path} to meet the fault`, async () => {
    answer = await read(path);
    return answer.status !== 200;
  });
  if (answer === undefined) throw new Error('nothing was read');
  return answer;
}

const always = { times: null } as const;
const throttled = [503, 'AWS throttles requests', expect.stringMatching(/^\d+$/)] as const;
const away = [503, 'AWS is unavailable', expect.stringMatching(/^\d+$/)] as const;
const refused = [502, 'AWS is unavailable', null] as const;

describe('reads while AWS is unavailable or throttles', () => {
  it.each<[string, FaultRule, readonly string[], readonly [number, string, unknown]]>([
    ['throttled', { kind: 'throttle', action: 'ListStacks', ...always }, ALL, throttled],
    ['throttled by Route 53', { kind: 'throttle', service: 'route53', ...always }, [TRAFFIC], throttled],
    ['refused', { kind: 'refuse', action: 'ListStacks', ...always }, ALL, refused],
    ['refused by Route 53', { kind: 'refuse', service: 'route53', ...always }, [TRAFFIC], refused],
    ['without an answer', { kind: 'cut_before', ...always }, ALL, away],
    [
      'refused for old credentials',
      { kind: 'error', code: 'ExpiredToken', message: 'expired', status: 403, ...always },
      ALL,
      [502, "AWS rejected the agent's credentials", null],
    ],
  ])('(%s) name the cause and have Retry-After, and later ones succeed', async (_what, fault, paths, problem) => {
    await lizzy.aws.control.addFault(fault);
    const [status, title, retryAfter] = problem;
    const answers = await Promise.all(paths.map(readDuringFault));
    for (const answer of answers) {
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect([answer.status, answer.json]).toEqual([status, expect.objectContaining({ title, status })]);
      expect(answer.headers.get('retry-after')).toEqual(retryAfter);
    }
    await lizzy.aws.control.clearFaults();
    const after = await Promise.all(ALL.map(read));
    expect(after.map(({ status: each }) => each)).toEqual([200, 200, 200]);
    expect(after[0]?.json).toMatchObject([{ stack_name: 'shop', version: '1' }]);
  });

  it('(throttled once) succeed nevertheless', async () => {
    const before = await lizzy.calls('ListStacks');
    await lizzy.aws.control.addFault({ kind: 'throttle', action: 'ListStacks' });
    await until('a new listing', async () => {
      const answers = await Promise.all(ALL.map(read));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      return (await lizzy.calls('ListStacks')) > before;
    });
  });
});

describe('a region that Senza does not know', () => {
  it.each([LISTING, STACK, TRAFFIC])('is reported by %s, with the known regions', async (path) => {
    const { status, json } = await read(`${path}?region=eu-nowhere-1`);
    expect([status, json]).toEqual([
      400,
      expect.objectContaining({
        title: 'Invalid request',
        detail: expect.stringMatching(/'eu-nowhere-1'.*\n +- eu-west-1/s),
      }),
    ]);
  });

  it.each([
    ['POST', LISTING, { senza_yaml: weighted('there'), stack_version: '1' }],
    ['PATCH', STACK, { new_traffic: 0 }],
    ['DELETE', STACK, {}],
  ])('is reported by %s %s, whose job fails immediately', async (method, path, body) => {
    const answer = await lizzy.call(method, path, { body: { ...body, region: 'us-gov-bogus-1' } });
    expect([answer.status, answer.json]).toEqual([
      400,
      expect.objectContaining({ title: 'Invalid deployment', detail: expect.stringContaining('- eu-west-1') }),
    ]);
  });
});
