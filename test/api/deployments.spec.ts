import { describe, expect, it } from '@jest/globals';
import { type Answer } from '#client';
import { startApiTest } from '../support/api-test.js';
import { deployment, jobOf, pointersOf, problemOf } from './deployment.js';

const { environment, api } = await startApiTest();

async function submit(body: unknown, headers: Readonly<Record<string, string>> = {}, on = api): Promise<Answer> {
  return await on.call('POST', '/api/deployments', { body, headers });
}

describe('submitting a deployment', () => {
  it('responds with 202, the job and its location', async () => {
    const answer = await submit(deployment({ stack_version: 'happy' }), { 'x-request-id': 'request-1' });
    expect(answer.status).toBe(202);
    const job = jobOf(answer);
    expect(answer.headers.get('location')).toBe(`/api/jobs/${job.id}`);
    expect(job).toMatchObject({
      kind: 'deploy',
      status: 'queued',
      stack_name: 'hello',
      stack_version: 'happy',
      region: 'eu-west-1',
      dry_run: false,
      requested_by: 'robot',
      request_id: 'request-1',
      started_at: null,
      finished_at: null,
      attempt: 0,
      retry_of: null,
      cancel_requested: false,
      waiting_for: { since: expect.stringMatching(/Z$/) },
      steps: [],
      result: null,
      error: null,
      actions: { cancel: true, retry: false },
      links: {
        self: `/api/jobs/${job.id}`,
        log: `/api/jobs/${job.id}/log`,
        events: `/api/jobs/${job.id}/events`,
        definition: `/api/jobs/${job.id}/definition`,
      },
    });
    expect(jobOf(await api.call('GET', `/api/jobs/${job.id}`)).id).toBe(job.id);
  });

  it('shows where the change comes from', async () => {
    const source = { commit: '4f2a9c1', url: 'https://ci.example.org/runs/7', actor: 'jane' };
    const job = jobOf(await submit(deployment({ stack_version: 'sourced', source })));
    expect(job.source).toEqual({ ...source, message: null });
    const wrong = await submit(deployment({ stack_version: 'sourced2', source: { commit: 'a\nb', branch: 'x' } }));
    expect([wrong.status, pointersOf(wrong)]).toEqual([400, ['/source/commit', '/source/branch']]);
    const hostile = { url: 'javascript:alert(1)', actor: 'a\u202eb', message: 'a\u2028b' };
    const refused = await submit(deployment({ stack_version: 'sourced3', source: hostile }));
    expect([refused.status, pointersOf(refused)]).toEqual([400, ['/source/url', '/source/actor', '/source/message']]);
    const secret = { url: 'https://ci-token:secret@git.example.org/shop.git' };
    const withToken = await submit(deployment({ stack_version: 'sourced4', source: secret }));
    expect([withToken.status, pointersOf(withToken)]).toEqual([400, ['/source/url']]);
  });

  it('treats null as missing', async () => {
    const body = deployment({
      stack_version: 'nulls',
      parameters: null,
      tags: null,
      region: null,
      dry_run: null,
      new_traffic: null,
    });
    expect((await submit(body)).status).toBe(202);
  });
});

describe('a definition as the body', () => {
  const YAML = 'SenzaInfo:\n  StackName: hello\n  Parameters:\n    - Size: {}\n    - Zone: {}\nResources: {}\n';
  const yaml = { 'content-type': 'application/yaml' };

  it('is a deployment with the query parameters as its other fields', async () => {
    const query =
      'stack_version=yaml1&parameters=3&parameters=Zone%3Da&tags=team%3Dx&new_traffic=50&dry_run=true&source.commit=abc';
    const answer = await api.call('POST', `/api/deployments?${query}`, { body: YAML, headers: yaml });
    expect(answer.status).toBe(202);
    expect(jobOf(answer)).toMatchObject({ kind: 'deploy', stack_name: 'hello', stack_version: 'yaml1', dry_run: true });
    // The same deployment as JSON is a duplicate: both forms mean the same.
    const body = {
      senza_yaml: YAML,
      stack_version: 'yaml1',
      parameters: ['3', 'Zone=a'],
      tags: ['team=x'],
      new_traffic: 50,
      dry_run: true,
      source: { commit: 'abc' },
    };
    expect(problemOf(await submit(body))).toMatchObject({ status: 409, job_id: jobOf(answer).id });
  });

  it('with wrong query parameters names each of them', async () => {
    const path = '/api/deployments?new_traffic=all&dry_run=1&newTraffic=5&commit=4f2a9c1';
    const answer = await api.call('POST', path, { body: YAML, headers: yaml });
    expect([answer.status, pointersOf(answer).sort()]).toEqual([
      400,
      ['/commit', '/dry_run', '/newTraffic', '/new_traffic', '/stack_version'],
    ]);
    expect(problemOf(answer).detail).toContain('/commit is unknown; did you mean "source.commit"?');
  });

  it('has the range of a number in the query that is outside of it', async () => {
    const path = '/api/deployments?stack_version=yaml2&keep_stacks=-1&timeout_seconds=1.5';
    const answer = await api.call('POST', path, { body: YAML, headers: yaml });
    expect(problemOf(answer).errors).toEqual([
      { pointer: '/keep_stacks', detail: 'must be at least 0' },
      { pointer: '/timeout_seconds', detail: 'must be a whole number' },
    ]);
  });

  it('has no advice about quotes for its query parameters, and names those that are given twice', async () => {
    const path = '/api/deployments?stack_version=yaml2&new_traffic=all&dry_run=yes&timeout_seconds=99999999999';
    const wrong = await api.call('POST', path, { body: YAML, headers: yaml });
    expect(problemOf(wrong).errors).toEqual([
      { pointer: '/dry_run', detail: 'must be true or false' },
      { pointer: '/new_traffic', detail: 'must be a number' },
      { pointer: '/timeout_seconds', detail: 'must be at most 86400' },
    ]);
    const twice = '/api/deployments?stack_version=1&stack_version=2';
    expect(problemOf(await api.call('POST', twice, { body: YAML, headers: yaml })).errors).toEqual([
      { pointer: '/stack_version', detail: 'is given 2 times: give it once' },
    ]);
  });

  it('cannot be a query parameter, too', async () => {
    const path = '/api/deployments?stack_version=yaml2&senza_yaml=x';
    const answer = await api.call('POST', path, { body: YAML, headers: yaml });
    expect([answer.status, pointersOf(answer)]).toEqual([400, ['/senza_yaml']]);
  });

  it.each(['100%', 'a%20b%ZZ', '%E4', '%ED%A0%80'])(
    'with a parameter %s that is not percent-encoded UTF-8 is a 400: its value would be another one',
    async (value) => {
      const path = `/api/deployments?stack_version=yaml3&parameters=3&parameters=Zone%3D${value}`;
      const answer = await api.call('POST', path, { body: YAML, headers: yaml });
      const { detail } = problemOf(answer);
      expect([answer.status, detail]).toEqual([400, 'The query is not percent-encoded UTF-8: write % as %25']);
    },
  );

  it('is accepted by deployments only; a 415 names what is accepted', async () => {
    const stacks = await api.call('POST', '/api/stacks', { body: YAML, headers: yaml });
    expect([stacks.status, stacks.headers.get('accept-post')]).toEqual([415, 'application/json']);
    const text = await submit(YAML, { 'content-type': 'text/plain' });
    expect([text.status, problemOf(text).detail]).toEqual([
      415,
      'The body has "text/plain"; send it as application/json or application/yaml',
    ]);
  });
});

describe('an Idempotency-Key', () => {
  it('makes one job of equal requests at the same instant on two processes', async () => {
    const other = await environment.apiInProcess();
    const key = { 'idempotency-key': 'same instant' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_each, index) =>
        submit(deployment({ stack_version: 'key1' }), key, index % 2 === 0 ? api : other),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 202));
    expect(new Set(answers.map((answer) => jobOf(answer).id)).size).toBe(1);
  });

  it('with another body is a 422', async () => {
    const key = { 'idempotency-key': 'key-2' };
    expect((await submit(deployment({ stack_version: 'key2' }), key)).status).toBe(202);
    expect((await submit(deployment({ stack_version: 'key2', dry_run: true }), key)).status).toBe(422);
  });

  it('belongs to one user', async () => {
    const other = await environment.apiInProcess({ ALLOWED_USERS: 'robot,anna' });
    const anna = environment.tokens.addToken({ uid: 'anna', scope: ['deploy'] });
    const key = { 'idempotency-key': 'key-3' };
    const first = jobOf(await submit(deployment({ stack_version: 'key3' }), key, other));
    const second = jobOf(
      await submit(deployment({ stack_version: 'key3' }), { ...key, authorization: `Bearer ${anna}` }, other),
    );
    expect(second.id).not.toBe(first.id);
  });

  it.each(['', 'x'.repeat(256), 'ü'])('like %p is a 400', async (key) => {
    expect((await submit(deployment({ stack_version: 'key4' }), { 'idempotency-key': key })).status).toBe(400);
  });
});

describe('a second identical deployment without a key', () => {
  it('is a 409 that names the first', async () => {
    const first = jobOf(await submit(deployment({ stack_version: 'twice' })));
    const answer = await submit(deployment({ stack_version: 'twice', region: 'eu-west-1' }));
    expect(answer.status).toBe(409);
    expect(problemOf(answer)).toMatchObject({ job_id: first.id, job: `/api/jobs/${first.id}` });
    expect((await submit(deployment({ stack_version: 'twice', dry_run: true }))).status).toBe(202);
  });
});
