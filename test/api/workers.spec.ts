import { WorkerRegistry } from '#jobs';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { startApiTest } from '../support/api-test.js';
import { deployment, jobOf } from './deployment.js';

const { environment, api } = await startApiTest();

const report = {
  id: 'w1',
  version: '3.0.0',
  senza_version: '2.1.143',
  started_at: '2026-11-22T18:31:46.123Z',
  draining: false,
};

describe('the workers that the API lists', () => {
  it('decide what a job waits for and the version of Senza, but not the readiness of the API', async () => {
    const submitted = await api.call('POST', '/api/deployments', { body: deployment() });
    const { links } = jobOf(submitted);
    const wait = async (): Promise<unknown> => jobOf(await api.call('GET', links.self)).waiting_for;
    const waitsFor = async (reason: string): Promise<boolean> => JSON.stringify(await wait()).includes(reason);

    await until('the API to know that there is no worker', () => waitsFor('no_worker_for'));
    expect(await wait()).toMatchObject({ detail: 'No worker is alive' });
    expect((await api.call('GET', '/health/ready')).status).toBe(200);
    expect((await api.call('GET', '/health')).status).toBe(503);
    expect(submitted.headers.get('x-senza-version')).toBe('unknown');

    const registry = new WorkerRegistry(environment.redis, 'lizzy');
    await registry.report({ ...report, kinds: ['deploy'] });
    expect((await api.call('GET', '/health')).status).toBe(200);
    await until('the API to know the worker', async () => {
      await registry.report({ ...report, kinds: ['deploy'] }); // A report counts for some seconds.
      return await waitsFor('"worker"');
    });
    expect(await wait()).toMatchObject({ reason: 'worker', position: 1 });
    expect((await api.call('GET', '/nope')).headers.get('x-senza-version')).toBe('2.1.143');

    await registry.report({ ...report, kinds: ['patch_stack'] });
    await until('the API to know that no worker runs deployments', () => waitsFor('no_worker_for'));
  });

  it('are listed with the jobs that they run and why one takes none, which is a check of the status', async () => {
    const registry = new WorkerRegistry(environment.redis, 'lizzy');
    const unhealthy = { check: 'senza', detail: 'Senza does not answer', since: '2026-11-22T18:32:00.000Z' } as const;
    const aws_outage = { detail: 'the connection to AWS failed (ENOTFOUND)', since: '2026-11-22T18:31:00.000Z' };
    const shown = { ...report, host: 'host-1', pid: 42, running: ['a'], unhealthy, aws_outage };
    await registry.report({ ...shown, kinds: ['deploy'] });

    const { status, json } = await api.call('GET', '/api/workers');
    expect(status).toBe(200);
    expect(json).toEqual({
      items: [shown],
    });
    expect((await api.call('GET', '/api/status')).json).toMatchObject({
      status: 'NOK',
      checks: {
        redis: { status: 'ok' },
        // A worker took jobs after this one had become unhealthy.
        workers: {
          status: 'failing',
          detail: 'No live, healthy worker takes jobs',
          since: expect.stringMatching(/^20/),
        },
        queue: { status: 'ok' },
        senza: { status: 'failing', detail: 'Worker w1: Senza does not answer', since: unhealthy.since },
        aws: {
          status: 'failing',
          detail: 'Worker w1 cannot read AWS: the connection to AWS failed (ENOTFOUND)',
          since: aws_outage.since,
        },
      },
    });
    const waiting = jobOf(await api.call('POST', '/api/deployments', { body: deployment({ stack_version: 'v9' }) }));
    await until('the job to name the reason', async () => {
      await registry.report({ ...shown, kinds: ['deploy'] });
      const { waiting_for: wait } = jobOf(await api.call('GET', waiting.links.self));
      return JSON.stringify(wait).includes('Every worker is unhealthy: Senza does not answer');
    });
  });

  it('are missing for a job whose worker crashed in the middle of a command, also when it is to be cancelled', async () => {
    const registry = new WorkerRegistry(environment.redis, 'lizzy');
    const unhealthy = { check: 'senza', detail: 'Senza does not answer', since: '2026-11-22T18:32:00.000Z' } as const;
    await registry.report({ ...report, kinds: ['deploy'], unhealthy });
    const { id, links } = jobOf(
      await api.call('POST', '/api/deployments', { body: deployment({ stack_version: 'v11' }) }),
    );
    const claim = await environment.claim(id);
    const started = { status: 'running', started_at: report.started_at, waiting_for: null } as const;
    await claim.save({ ...claim.job.progress, ...started }, { madeProgress: false });
    const waitsFor = { reason: 'no_worker_for', kind: 'deploy' };
    await until(
      'the job to name the reason',
      async () => jobOf(await api.call('GET', links.self)).waiting_for !== null,
    );
    expect(jobOf(await api.call('GET', links.self)).waiting_for).toMatchObject(waitsFor);
    const cancelled = jobOf(await api.call('POST', `${links.self}/cancel`));
    expect(cancelled).toMatchObject({ status: 'running', cancel_requested: true, waiting_for: waitsFor });

    // Its worker is alive after all: it completes the command, whether it takes other jobs or not.
    await until('the job to be run', async () => {
      await registry.report({ ...report, id: 'test', kinds: ['deploy'], unhealthy });
      return jobOf(await api.call('GET', links.self)).waiting_for === null;
    });
    await claim.finish({ ...claim.job.progress, ...started, status: 'cancelled', finished_at: report.started_at });
  });

  it('are too few when a job has waited for one for five minutes, which is a check of the status', async () => {
    await api.call('POST', '/api/deployments', { body: deployment({ stack_version: 'v10' }) });
    const { redis, keys } = environment;
    const [oldest = ''] = await redis.zrange(keys.waiting, '0', '0');
    const sixMinutesAgo = Date.now() - 6 * 60_000;
    await redis.hset(keys.job(oldest), 'created', String(sixMinutesAgo));
    expect((await api.call('GET', '/api/status')).json).toMatchObject({
      checks: {
        queue: {
          status: 'failing',
          detail: expect.stringMatching(/^\d+ jobs? waits? for a worker$/),
          since: new Date(sixMinutesAgo).toISOString(),
        },
      },
    });
  });
});
