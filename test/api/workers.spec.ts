import { WorkerRegistry } from '#jobs';
import { closeRedis, connectRedis, type Redis } from '#redis';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { type ApiRig, startApiRig, type TestApi } from './api-environment.js';
import { deployment, jobOf } from './deployment.js';

let rig: ApiRig;
let api: TestApi;
let redis: Redis;
beforeAll(async () => {
  rig = await startApiRig();
  api = await rig.api();
  redis = connectRedis({ url: rig.valkey.url, role: 'worker', clientName: 'test', onError: () => undefined });
});
afterAll(async () => {
  await closeRedis(redis);
  await rig.stop();
});

const report = {
  id: 'w1',
  version: '3.0.0',
  senza_version: '2.1.143',
  started_at: '2026-11-22T18:31:46.123Z',
  draining: false,
};

describe('the workers', () => {
  it('are seen: readiness, what a job waits for, the version of Senza', async () => {
    const submitted = await api.call('POST', '/api/deployments', { body: deployment() });
    const { links } = jobOf(submitted);
    const reason = async (): Promise<unknown> => jobOf(await api.call('GET', links.self)).waiting_for;

    await until('nobody to run it', 5_000, async () => JSON.stringify(await reason()).includes('no_worker_for'));
    expect((await api.call('GET', '/health/ready')).status).toBe(503);
    expect(submitted.headers.get('x-senza-version')).toBe('unknown');

    const registry = new WorkerRegistry(redis, 'lizzy');
    await registry.report({ ...report, kinds: ['deploy'] });
    expect((await api.call('GET', '/health/ready')).status).toBe(200);
    await until('a worker to be seen', 5_000, async () => JSON.stringify(await reason()).includes('"worker"'));
    expect(await reason()).toMatchObject({ reason: 'worker', position: 1 });
    expect((await api.call('GET', '/nope')).headers.get('x-senza-version')).toBe('2.1.143');

    await registry.report({ ...report, kinds: ['patch_stack'] });
    await until('nobody to run it again', 5_000, async () => JSON.stringify(await reason()).includes('no_worker_for'));
  });
});
