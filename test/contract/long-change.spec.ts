import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { until } from '../../local/services/index.js';
import { bare, weighted } from '../support/definitions.js';
import { type Answer } from '#client';
import { TestEnvironment } from '../support/test-environment.js';

const problemSchema = z.looseObject({ detail: z.string(), job_id: z.string(), job: z.string() });
const jobSchema = z.looseObject({ id: z.string(), status: z.string(), stack_name: z.string() });
/** Long enough for a worker to start the job on a slow machine. */
const WAIT_SECONDS = 4;
/** Longer than the call waits: the test ends the delay. */
const CHANGE_SECONDS = 120;

let lizzy: TestEnvironment;
beforeAll(async () => {
  lizzy = await TestEnvironment.start({ apis: 1, workers: 1, apiEnv: { SYNC_WAIT_SECONDS: String(WAIT_SECONDS) } });
  for (const name of ['patched', 'deleted', 'left']) {
    const body = { senza_yaml: weighted(name), stack_version: '1' };
    await ended((await lizzy.call('POST', '/api/stacks', { body })).headers.get('x-lizzy-job-id'));
  }
});
afterAll(async () => {
  await lizzy.stop();
});

async function ended(id: string | null): Promise<z.output<typeof jobSchema>> {
  let job: z.output<typeof jobSchema> | undefined;
  await until('the job to end', async () => {
    job = jobSchema.parse((await lizzy.call('GET', `/api/jobs/${id ?? ''}?wait=10`)).json);
    return !['queued', 'running'].includes(job.status);
  });
  return jobSchema.parse(job);
}

const CHANGES = {
  POST: ['CreateStack', 'made', '/api/stacks', { senza_yaml: bare('made'), stack_version: '1' }],
  PATCH: ['UpdateStack', 'patched', '/api/stacks/patched-1', { new_traffic: 100 }],
  DELETE: ['DeleteStack', 'deleted', '/api/stacks/deleted-1', {}],
} as const;
const METHODS = ['POST', 'PATCH', 'DELETE'] as const;

describe.each(METHODS)('%s of a change that takes longer than it is waited for', (method) => {
  it('is answered with 504, names its running job, and the job succeeds', async () => {
    const [action, name, path, body] = CHANGES[method];
    await lizzy.aws.control.addFault({ kind: 'delay', action, stack: `${name}-1`, seconds: CHANGE_SECONDS });
    const { status, headers, json } = await lizzy.call(method, path, { body });
    const problem = problemSchema.parse(json);

    expect(status).toBe(504);
    expect(problem).toMatchObject({
      title: 'Job is still running',
      job_status: 'running',
      job: `/api/jobs/${problem.job_id}`,
    });
    expect(problem.detail).toContain(`is running and continues; follow it at ${problem.job}`);
    expect(headers.get('x-lizzy-job-id')).toBe(problem.job_id);
    await lizzy.aws.control.clearFaults();
    expect(await ended(problem.job_id)).toMatchObject({ status: 'succeeded', stack_name: name });
    expect(await lizzy.calls(action, `${name}-1`)).toBe(1);
  });
});

describe('a change that runs', () => {
  async function slowly(options: { headers?: Record<string, string>; signal?: AbortSignal }): Promise<Answer> {
    const fault = { kind: 'delay', action: 'UpdateStack', stack: 'left-1', seconds: CHANGE_SECONDS } as const;
    await lizzy.aws.control.addFault(fault);
    const body = { new_traffic: options.signal === undefined ? 100 : 0, allow_traffic_loss: true };
    return await lizzy.call('PATCH', '/api/stacks/left-1', { ...options, body });
  }

  it('is shown with 202 when the caller prefers to wait no longer', async () => {
    const preference = `wait=${WAIT_SECONDS - 1}`;
    const { status, headers, json } = await slowly({ headers: { prefer: preference } });
    expect([status, headers.get('preference-applied')]).toEqual([202, preference]);
    const job = jobSchema.parse(json);
    expect(job.status).toBe('running');
    expect([headers.get('location'), headers.get('x-lizzy-job-id')]).toEqual([`/api/jobs/${job.id}`, job.id]);
    await lizzy.aws.control.clearFaults();
    expect(await ended(job.id)).toMatchObject({ status: 'succeeded' });
  });

  it('continues when its caller closes the connection', async () => {
    const caller = new AbortController();
    const call = slowly({ signal: caller.signal });
    let job: z.output<typeof jobSchema> | undefined;
    await until('the job to run', async () => {
      const { json } = await lizzy.call('GET', '/api/jobs?limit=1');
      [job] = z.object({ items: z.array(jobSchema) }).parse(json).items;
      return job?.status === 'running';
    });
    caller.abort();
    await expect(call).rejects.toThrow();
    await lizzy.aws.control.clearFaults();
    expect(await ended(job?.id ?? null)).toMatchObject({ status: 'succeeded', stack_name: 'left' });
    expect((await lizzy.call('GET', '/api/stacks/left-1/traffic')).json).toEqual({ weight: 0 });
  });
});
