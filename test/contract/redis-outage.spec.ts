import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startValkey, until } from '../../local/services/index.js';
import { startApiInProcess, type TestApi } from '../support/api-in-process.js';
import { TestEnvironment } from '../support/test-environment.js';
import { bare } from '../support/definitions.js';

let rig: TestEnvironment;
let before: TestApi;
let since: TestApi;
beforeAll(async () => {
  rig = await TestEnvironment.start({ aws: false, tokens: true });
  before = await rig.apiInProcess();
  await rig.valkey.kill();
  since = await rig.apiInProcess();
});
afterAll(async () => {
  await rig.stop();
});

describe('while Redis is unavailable', () => {
  it.each([
    ['GET', '/api/stacks', undefined],
    ['GET', '/api/stacks/demo-1', undefined],
    ['GET', '/api/stacks/demo-1/traffic', undefined],
    ['POST', '/api/stacks', { senza_yaml: bare('demo'), stack_version: '1' }],
    ['PATCH', '/api/stacks/demo-1', { new_scale: 1 }],
    ['DELETE', '/api/stacks/demo-1', undefined],
  ])('%s %s is answered with 503 and a Retry-After', async (method, path, body) => {
    for (const api of [before, since]) {
      const answer = await api.call(method, path, { body });
      expect([answer.status, answer.json]).toEqual([503, expect.objectContaining({ title: 'Redis is unavailable' })]);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    }
  });

  it('is unhealthy, and reports it', async () => {
    expect((await since.call('GET', '/health')).status).toBe(503);
    expect((await since.call('GET', '/api/status')).json).toMatchObject({ status: 'NOK' });
  });
});

describe('when Redis becomes unavailable while a call waits for its change', () => {
  const listSchema = z.object({ items: z.array(z.looseObject({ id: z.string() })) });
  const CHANGES = [
    ['POST', '/api/stacks', { senza_yaml: bare('demo'), stack_version: '1' }],
    ['PATCH', '/api/stacks/demo-1', { new_scale: 1 }],
    ['DELETE', '/api/stacks/demo-1', undefined],
  ] as const;

  const toEnd: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of toEnd.splice(0).reverse()) await end();
  });

  it('each is answered with 503 that names its job, which was accepted and is there when Redis is back', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lizzy-redis-away-'));
    toEnd.push(() => rm(dir, { recursive: true }));
    const valkey = await startValkey({ dir });
    toEnd.push(() => valkey.stop());
    const env = { REDIS_URL: valkey.url, TOKENINFO_URL: rig.tokens.tokeninfoUrl, SYNC_WAIT_SECONDS: '15' };
    const api = await startApiInProcess(env, rig.token);
    toEnd.push(() => api.stop());
    const calls = CHANGES.map(([method, path, body]) => api.call(method, path, { body }));
    const jobs = async (): Promise<string[]> =>
      listSchema.parse((await api.call('GET', '/api/jobs')).json).items.map(({ id }) => id);
    await until('the changes to be accepted', async () => (await jobs()).length === CHANGES.length);
    await valkey.kill();
    const named: string[] = [];
    for (const call of calls) {
      const { status, headers, json } = await call;
      const {
        job_id: id,
        job,
        detail,
      } = z.looseObject({ job_id: z.string(), job: z.string(), detail: z.string() }).parse(json);
      expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
      expect(job).toBe(`/api/jobs/${id}`);
      expect(detail).toContain(
        `the request was accepted: job ${id} continues when Redis is available again; see ${job}`,
      );
      named.push(id);
    }
    const again = await startValkey({ dir, port: valkey.port });
    toEnd.push(() => again.stop());
    await until('Redis to be found again', async () => (await api.call('GET', '/api/jobs')).status === 200);
    expect((await jobs()).sort()).toEqual(named.sort());
  });
});
