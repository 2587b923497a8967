import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiRig, startApiRig, type TestApi } from '../api/api-rig.js';
import { bare } from '../rig/definitions.js';

let rig: ApiRig;
let before: TestApi;
let since: TestApi;
beforeAll(async () => {
  rig = await startApiRig();
  before = await rig.api();
  await rig.valkey.kill();
  since = await rig.api();
});
afterAll(async () => {
  await rig.stop();
});

describe('while Redis is away', () => {
  it.each([
    ['GET', '/api/stacks', undefined],
    ['GET', '/api/stacks/demo-1', undefined],
    ['GET', '/api/stacks/demo-1/traffic', undefined],
    ['POST', '/api/stacks', { senza_yaml: bare('demo'), stack_version: '1' }],
    ['PATCH', '/api/stacks/demo-1', { new_scale: 1 }],
    ['DELETE', '/api/stacks/demo-1', undefined],
  ])('%s %s is answered with 503 and when to come again', async (method, path, body) => {
    for (const api of [before, since]) {
      const answer = await api.call(method, path, { body });
      expect([answer.status, answer.json]).toEqual([503, expect.objectContaining({ title: 'Store is unavailable' })]);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    }
  });

  it('is not well, and says so', async () => {
    expect((await since.call('GET', '/health')).status).toBe(503);
    expect((await since.call('GET', '/api/status')).json).toMatchObject({ status: 'NOK' });
  });
});
