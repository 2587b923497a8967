import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { until } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const problemSchema = z.looseObject({ detail: z.string(), job_id: z.string(), job: z.string() });

let lizzy: TestEnvironment;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, apiEnv: { SYNC_WAIT_SECONDS: '1' } });
});
afterAll(async () => {
  await lizzy.stop();
});

describe('without a worker', () => {
  it('reports that it is unhealthy', async () => {
    expect((await lizzy.call('GET', '/health')).status).toBe(503);
    expect((await lizzy.call('GET', '/api/status')).json).toMatchObject({ status: 'NOK', senza_version: 'unknown' });
  });

  it('answers reads with 504', async () => {
    const { status, json } = await lizzy.call('GET', '/api/stacks');
    expect([status, json]).toEqual([504, expect.objectContaining({ title: 'No worker answered in time' })]);
  });

  it('rejects at once what cannot be a region or an application', async () => {
    for (const path of [
      '/api/stacks?region=xx-made-up-1',
      '/api/applications/a%20b',
      '/api/applications/x?region=EU',
    ]) {
      expect([path, (await lizzy.call('GET', path)).status]).toEqual([path, 400]);
    }
    expect((await lizzy.call('GET', '/api/stacks/a%20b-1')).status).toBe(404);
  });

  it('answers a change with 504 and names its job, which continues when there is a worker', async () => {
    const body = { senza_yaml: bare('patient'), stack_version: '1' };
    const { status, headers, json } = await lizzy.call('POST', '/api/stacks', { body });
    const problem = problemSchema.parse(json);

    expect(status).toBe(504);
    expect(problem).toMatchObject({ title: 'Job is still running', job_status: 'queued' });
    expect(problem.detail).toContain(problem.job);
    expect(headers.get('x-lizzy-job-id')).toBe(problem.job_id);

    await lizzy.addWorker();
    await until('the job to succeed', async () => {
      const { json: job } = await lizzy.call('GET', `${problem.job}?wait=5`);
      return z.looseObject({ status: z.string() }).parse(job).status === 'succeeded';
    });
    expect(await lizzy.calls('CreateStack', 'patient-1')).toBe(1);
  });

  it('logs none of it as an error', () => {
    expect(lizzy.api.child.lines.join('\n')).toContain(' WARN Request failed');
    expect(lizzy.api.child.lines.filter((line) => line.includes(' ERROR '))).toEqual([]);
  });
});
