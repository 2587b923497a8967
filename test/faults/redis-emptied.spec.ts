import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

describe('a Redis that has lost its data', () => {
  let lizzy: TestEnvironment;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1 });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  it('is reported by the worker, which goes on: new jobs run, and old ones are dropped once a minute again', async () => {
    const [worker] = lizzy.workers;
    const schedules = async (): Promise<number> => (await lizzy.redis.keys('*:maintenance:repeat:*')).length;
    const first = await lizzy.deployByApi(bare('first'));
    await lizzy.ended(first);
    await until('the first schedule', async () => (await schedules()) > 0);
    // The worker has read the age of the store when it has read it once after its start.
    await until('the age of the store', async () => (await lizzy.redis.exists(lizzy.keys.since)) === 1);

    await lizzy.redis.flushall();

    await worker?.child.waitForLine(/Redis has lost its data: earlier jobs are lost, their stacks still exist/);
    await until('a new schedule', async () => (await schedules()) > 0);
    const unknown = await lizzy.call('GET', `/api/jobs/${first}`);
    expect(unknown).toMatchObject({ status: 404, json: { store_created_at: expect.any(String) } });
    const next = await lizzy.deployByApi(bare('next'));
    expect((await lizzy.ended(next)).progress.status).toBe('succeeded');
  });
});
