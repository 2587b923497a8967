import { pendingStep } from '#jobs';
import { describe, expect, it } from '@jest/globals';
import { startApiTest } from '../support/api-test.js';
import { deployment, ended, jobOf, pageOf, pointersOf, problemOf, submitDeployment } from './deployment.js';

const { environment, api } = await startApiTest();

async function end(id: string, ...[status, differences]: [Parameters<typeof ended>[1], JobEnd?]): Promise<void> {
  const taken = await environment.claim(id);
  await taken.finish(ended(taken, status, differences));
}
type JobEnd = Parameters<typeof ended>[2];
const FAILED: JobEnd = { error: { code: 'interrupted', detail: 'x', data: {} } };

describe('cancel', () => {
  it('finishes a job that has not started, once', async () => {
    const id = await submitDeployment(api);
    const answer = await api.call('POST', `/api/jobs/${id}/cancel`);
    expect([answer.status, jobOf(answer)]).toMatchObject([202, { status: 'cancelled', cancel_requested_by: 'robot' }]);
    const again = await api.call('POST', `/api/jobs/${id}/cancel`);
    expect([again.status, problemOf(again).type]).toEqual([409, 'urn:lizzy:problem:job-ended']);
  });

  it('notifies the worker of a job that has started', async () => {
    const id = await submitDeployment(api);
    const taken = await environment.claim(id);
    const answer = await api.call('POST', `/api/jobs/${id}/cancel`, { body: { delete_stack: true } });
    expect([answer.status, jobOf(answer).cancel_requested]).toEqual([202, true]);
    await taken.renew();
    expect(taken.cancel).toMatchObject({ requested_by: 'robot', delete_stack: true });
    taken.stop();
  });

  it('with an Idempotency-Key can be sent again', async () => {
    const id = await submitDeployment(api);
    const headers = { 'idempotency-key': 'cancel-1' };
    expect((await api.call('POST', `/api/jobs/${id}/cancel`, { headers })).status).toBe(202);
    expect((await api.call('POST', `/api/jobs/${id}/cancel`, { headers })).status).toBe(202);
    expect((await api.call('POST', `/api/jobs/${id}/cancel`, { headers, body: { delete_stack: true } })).status).toBe(
      422,
    );
  });

  it('rejects unknown fields', async () => {
    const id = await submitDeployment(api);
    expect(pointersOf(await api.call('POST', `/api/jobs/${id}/cancel`, { body: { force: true } }))).toEqual(['/force']);
    expect((await api.call('POST', '/api/jobs/nope/cancel')).status).toBe(404);
  });
});

describe('retry', () => {
  it('submits a new job that owns what the old one may have created', async () => {
    const id = await submitDeployment(api);
    const taken = await environment.claim(id);
    const begun = '2026-11-22T18:31:46.123Z';
    const step = { ...pendingStep('create'), journal: [{ started_at: begun, ended_at: null, succeeded: null }] };
    await taken.finish(
      ended(taken, 'failed', { steps: [step], error: { code: 'interrupted', detail: 'x', data: {} } }),
    );
    const answer = await api.call('POST', `/api/jobs/${id}/retry`);
    const retry = jobOf(answer);
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/api/jobs/${retry.id}`]);
    expect(retry).toMatchObject({ status: 'queued', retry_of: id, stack_version: taken.job.submission.stack_version });
    expect((await environment.store.get(retry.id))?.submission.owns).toEqual([{ job_id: id, since: begun }]);
    const twice = await api.call('POST', `/api/jobs/${id}/retry`);
    expect([twice.status, problemOf(twice)['job_id']]).toEqual([409, retry.id]);
  });

  it('is rejected for a job that has not failed', async () => {
    const answer = await api.call('POST', `/api/jobs/${await submitDeployment(api)}/retry`);
    expect([answer.status, problemOf(answer).type]).toEqual([409, 'urn:lizzy:problem:job-not-retryable']);
  });

  it('of a job that was retried is one of its newest attempt, which the job names', async () => {
    const first = await submitDeployment(api);
    await end(first, 'failed', FAILED);
    const second = jobOf(await api.call('POST', `/api/jobs/${first}/retry`)).id;
    const alone = async (): Promise<object> => jobOf(await api.call('GET', `/api/jobs/${first}`));
    const retried = {
      retried_by: second,
      actions: { cancel: false, retry: false },
      next: [
        `It was retried. See the newer attempt: GET /api/jobs/${second}.`,
        expect.stringContaining('Read the log'),
      ],
    };
    expect(await alone()).toMatchObject(retried);
    const { stack_version: version } = jobOf(await api.call('GET', `/api/jobs/${second}`));
    const { items } = pageOf(await api.call('GET', `/api/jobs?stack_version=${version}&status=failed`));
    expect(items).toMatchObject([{ id: first, ...retried }]);

    await end(second, 'failed', FAILED);
    expect(jobOf(await api.call('GET', `/api/jobs/${second}`))).toMatchObject({
      retried_by: null,
      actions: { retry: true },
    });
    const third = jobOf(await api.call('POST', `/api/jobs/${first}/retry`));
    expect(third).toMatchObject({ status: 'queued', retry_of: second });

    await end(third.id, 'succeeded');
    const refused = await api.call('POST', `/api/jobs/${first}/retry`);
    expect([refused.status, problemOf(refused)]).toMatchObject([
      409,
      { type: 'urn:lizzy:problem:job-not-retryable', job_id: third.id, job_status: 'succeeded' },
    ]);
    expect(await alone()).toMatchObject(retried);
  });

  it('with an Idempotency-Key can be sent again, whatever became of the new job', async () => {
    const id = await submitDeployment(api);
    await end(id, 'failed', FAILED);
    const headers = { 'idempotency-key': 'retry-1' };
    const { id: retry } = jobOf(await api.call('POST', `/api/jobs/${id}/retry`, { headers }));
    const repeat = async (): Promise<string> => jobOf(await api.call('POST', `/api/jobs/${id}/retry`, { headers })).id;
    expect(await repeat()).toBe(retry);
    await end(retry, 'failed', FAILED);
    expect(await repeat()).toBe(retry);
  });

  it('by a deployment with the same Idempotency-Key continues after one by this call', async () => {
    const headers = { 'idempotency-key': 'pipeline-1' };
    const body = deployment({ stack_version: 'again', if_exists: 'retry_failed' });
    const submit = async (): Promise<object> => jobOf(await api.call('POST', '/api/deployments', { body, headers }));
    const first = jobOf(await api.call('POST', '/api/deployments', { body, headers })).id;
    await end(first, 'failed', FAILED);
    const second = jobOf(await api.call('POST', `/api/jobs/${first}/retry`)).id;
    expect(await submit()).toMatchObject({ id: second, status: 'queued' });
    await end(second, 'failed', FAILED);
    const third = jobOf(await api.call('POST', '/api/deployments', { body, headers }));
    expect(third).toMatchObject({ status: 'queued', retry_of: second });
    expect(await submit()).toMatchObject({ id: third.id });
    await end(third.id, 'succeeded');
    expect(await submit()).toMatchObject({ id: third.id, status: 'succeeded' });
  });

  it('ends at a job that another program has made its own retry', async () => {
    const id = await submitDeployment(api);
    await end(id, 'failed', FAILED);
    await environment.redis.hset(environment.keys.job(id), 'retried_by', id);
    expect(jobOf(await api.call('POST', `/api/jobs/${id}/retry`)).retry_of).toBe(id);
  });

  it('is not offered when Redis has lost the request', async () => {
    const damaged = await submitDeployment(api);
    await end(damaged, 'failed', { error: { code: 'record_damaged', detail: 'x', data: {} } });
    const cancelled = await submitDeployment(api);
    await api.call('POST', `/api/jobs/${cancelled}/cancel`);
    await environment.redis.del(environment.keys.request(damaged), environment.keys.request(cancelled));
    for (const id of [damaged, cancelled]) {
      const job = jobOf(await api.call('GET', `/api/jobs/${id}`));
      expect(job).toMatchObject({ actions: { retry: false }, links: { definition: null } });
      expect(job.next.join()).not.toContain('/retry');
    }
    const { items } = pageOf(await api.call('GET', '/api/jobs?status=failed&limit=200'));
    expect(items).toContainEqual(expect.objectContaining({ id: damaged, actions: { cancel: false, retry: false } }));
  });

  it('is rejected when the request is no longer kept', async () => {
    const id = await submitDeployment(api);
    await api.call('POST', `/api/jobs/${id}/cancel`);
    await environment.redis.del(environment.keys.request(id));
    expect((await api.call('POST', `/api/jobs/${id}/retry`)).status).toBe(410);
  });
});

describe('what to do next', () => {
  it('is explained for a waiting job, a cancelled and a failed one, with the calls to make', async () => {
    const cancelled = await submitDeployment(api);
    expect(jobOf(await api.call('GET', `/api/jobs/${cancelled}`)).next).toEqual([
      expect.stringContaining('GET /api/workers'),
    ]);
    const { next } = jobOf(await api.call('POST', `/api/jobs/${cancelled}/cancel`));
    expect(next).toContainEqual(`Retry the job: POST /api/jobs/${cancelled}/retry.`);

    const id = await submitDeployment(api);
    const taken = await environment.claim(id);
    await taken.finish(
      ended(taken, 'failed', {
        error: { code: 'stack_exists', detail: 'It exists.', data: { stack_status: 'ROLLBACK_COMPLETE' } },
      }),
    );
    const job = jobOf(await api.call('GET', `/api/jobs/${id}`));
    expect(job.next).toEqual([
      expect.stringContaining('"if_exists": "retry_failed"'),
      expect.stringMatching(/^See the stack hello-v\w+: GET \/api\/stacks\/hello-v[^?]+\?region=eu-/),
      `Read the log: GET /api/jobs/${id}/log.`,
    ]);
  });

  it('names the permission when AWS refuses the workers', async () => {
    const id = await submitDeployment(api);
    const taken = await environment.claim(id);
    const error = { code: 'senza_failed', detail: 'not authorized', data: { senza_error: 'access_denied' } } as const;
    await taken.finish(ended(taken, 'failed', { error }));
    expect(jobOf(await api.call('GET', `/api/jobs/${id}`)).next[0]).toContain('the permission');
  });
});
