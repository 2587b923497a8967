import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const QUEUE_KEYS = [
  'wait',
  'active',
  'delayed',
  'prioritized',
  'marker',
  'stalled',
  'events',
  'meta',
  'id',
  'pc',
  'repeat',
];
const HISTORY_KEYS = [
  'submitted',
  'finished',
  'submitted:0',
  'finished:0',
  'submission-of:0',
  'dropped',
  'size',
  'stack-names',
];
const SHARED_KEYS = [
  'unfinished',
  'waiting',
  'feed',
  'feed:position',
  'damaged',
  'watched',
  'workers',
  'since',
  'reconciling',
];

describe('when another program has overwritten', () => {
  let environment: TestEnvironment;
  beforeAll(async () => {
    environment = await TestEnvironment.start({ apis: 1, workers: 1 });
  });
  afterAll(async () => {
    await environment.stop();
  });

  it.each([
    ['the queue of jobs', QUEUE_KEYS.map((name) => `jobs:${name}`)],
    ['the queue of stack queries', QUEUE_KEYS.map((name) => `stack-queries:${name}`)],
    ['the history', HISTORY_KEYS.map((name) => `history:${name}`)],
    ['what all jobs share', SHARED_KEYS],
  ])('%s, later jobs and requests succeed', async (name, keys) => {
    const stack = name.replaceAll(' ', '-');
    const before = await environment.deployByApi(bare(`${stack}-before`));
    await environment.ended(before);
    for (const key of keys)
      await environment.redis.multi().del(`{lizzy}:${key}`).xadd(`{lizzy}:${key}`, '*', 'a', 'b').exec();
    for (const key of keys.filter((each) => /feed$|events$/.test(each)))
      await environment.redis.set(`{lizzy}:${key}`, 'x');

    const id = await environment.deployByApi(bare(stack));
    expect((await environment.ended(id)).progress.status).toBe('succeeded');
    for (const path of ['/api/jobs?stack_name=' + stack, '/api/stacks', '/api/workers', '/health'])
      await until(`${path} to be answered`, async () => (await environment.call('GET', path)).status === 200);
    expect((await environment.call('GET', `/api/jobs/${before}`)).status).toBe(200);
  });
});
