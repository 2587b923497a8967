import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { pendingStep } from '#jobs';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { redisReaders } from '../support/redis-readers.js';
import { startApiTest } from '../support/api-test.js';
import { deployment, ended, jobOf, pageOf, pointersOf, problemOf, submitDeployment } from './deployment.js';

/** Less than the longest wait: a caller that misses the event fails the test. */
const REPORTED_WITHIN_MS = 50_000;

const { environment, api } = await startApiTest();
/** A second API, started before the tests: their limits of time do not cover it. */
const other = await environment.apiInProcess();

describe('one job', () => {
  it('with an unknown id is a 404', async () => {
    const answer = await api.call('GET', '/api/jobs/nope');
    expect([answer.status, problemOf(answer).type]).toEqual([404, 'urn:lizzy:problem:job-not-found']);
  });

  it(
    'reports its end to all waiting callers, in another process too',
    async () => {
      const id = await submitDeployment(api);
      const taken = await environment.claim(id);
      const readers = await redisReaders(environment.redis, environment.keys.job(id));
      // A caller that misses the event waits longer than the test may take.
      const waiting = [api, other].map((each) => each.call('GET', `/api/jobs/${id}?wait=55`));
      await until('both to wait', () => readers.count === 2);
      readers.stop();
      await taken.finish(ended(taken, 'succeeded', { result: { summary: 'done' } }));
      for (const answer of await Promise.all(waiting)) {
        expect(jobOf(answer)).toMatchObject({ status: 'succeeded', result: { summary: 'done' } });
        expect(answer.headers.get('retry-after')).toBeNull();
      }
    },
    REPORTED_WITHIN_MS,
  );

  it('can be waited for by many new callers, without a delay for the next one', async () => {
    const id = await submitDeployment(api);
    const taken = await environment.claim(id);
    const wait = async (): Promise<number> => {
      const headers = { authorization: `Bearer ${environment.newToken()}` };
      return (await api.call('GET', `/api/jobs/${id}?wait=55`, { headers })).status;
    };
    const waiting = Array.from({ length: 40 }, wait);
    const next = { authorization: `Bearer ${environment.newToken()}` };
    expect((await api.call('GET', '/api/jobs?limit=1', { headers: next })).status).toBe(200);
    expect((await environment.job(id)).progress.finished_at).toBeNull();
    await taken.finish(ended(taken, 'succeeded', { result: null }));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([200]));
  });

  it('is returned in its current state when the timeout expires', async () => {
    const id = await submitDeployment(api);
    const answer = await api.call('GET', `/api/jobs/${id}?wait=1`);
    expect(jobOf(answer).status).toBe('queued');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(2);
  });

  it('has an ETag that changes with it', async () => {
    const id = await submitDeployment(api);
    const path = `/api/jobs/${id}`;
    const etag = (await api.call('GET', path)).headers.get('etag') ?? '';
    const same = await api.call('GET', path, { headers: { 'if-none-match': `"x", ${etag}` } });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
    await api.call('POST', `${path}/cancel`);
    expect((await api.call('GET', path, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it.each(['wait=56', 'wait=-1', 'wait=1.5', 'wait=', 'wait=1&wait=2', 'wait=x', 'weight=1'])(
    'with ?%s is a 400',
    async (query) => {
      const answer = await api.call('GET', `/api/jobs/${await submitDeployment(api)}?${query}`);
      expect([answer.status, pointersOf(answer)]).toEqual([400, [`/${query.split('=')[0] ?? ''}`]]);
    },
  );

  it('shows its failure as a problem, and nothing of the journal', async () => {
    const id = await submitDeployment(api);
    const taken = await environment.claim(id);
    const step = { ...pendingStep('create'), data: { inner: 'secret' } };
    const error = {
      code: 'stack_failed' as const,
      detail: 'it rolled back',
      data: { resource: 'Queue', reason: 'no' },
    };
    await taken.finish(ended(taken, 'failed', { steps: [step], error }));
    const answer = await api.call('GET', `/api/jobs/${id}`);
    expect(jobOf(answer)).toMatchObject({
      error: {
        type: 'urn:lizzy:problem:stack-failed',
        detail: 'it rolled back',
        resource: 'Queue',
        reason: 'no',
      },
      actions: { cancel: false, retry: true },
    });
    expect(answer.text).not.toContain('secret');
  });
});

describe('the history', () => {
  it('is returned newest first, page by page', async () => {
    const ids = [await submitDeployment(api), await submitDeployment(api), await submitDeployment(api)];
    const first = await api.call('GET', '/api/jobs?limit=2');
    const { items, next_cursor: cursor } = pageOf(first);
    expect(items.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(first.headers.get('link')).toBe(`</api/jobs?limit=2&cursor=${cursor ?? ''}>; rel="next"`);
    const second = pageOf(await api.call('GET', `/api/jobs?limit=200&cursor=${cursor ?? ''}`));
    expect(second.items[0]?.id).toBe(ids[0]);
    expect(second.next_cursor).toBeNull();
  });

  it('has links to this API, also when the target of the request names another host', async () => {
    await Promise.all([submitDeployment(api), submitDeployment(api)]);
    const socket = connect(api.port, '127.0.0.1');
    socket.write(
      'GET http://other.example/api/jobs?limit=1 HTTP/1.1\r\nhost: other.example\r\nx-forwarded-host: other.example\r\n' +
        `forwarded: host=other.example\r\nconnection: close\r\nauthorization: Bearer ${environment.token}\r\n\r\n`,
    );
    const answer = await text(socket);
    expect(answer).toMatch(/\r\nlink: <\/api\/jobs\?limit=1&cursor=/);
    expect(answer).not.toContain('other.example');
  });

  it.each(['limit=0', 'limit=201', 'limit=ten', 'cursor=nonsense', 'color=red'])('refuses ?%s', async (query) => {
    const answer = await api.call('GET', `/api/jobs?${query}`);
    expect([answer.status, pointersOf(answer)]).toEqual([400, [`/${query.split('=')[0] ?? ''}`]]);
  });
});

describe('the log', () => {
  it('is lines of JSON that can be continued by cursor, or text', async () => {
    const id = await submitDeployment(api);
    const taken = await environment.claim(id);
    const line = (text: string): { source: 'stdout'; step: string; text: string } => ({
      source: 'stdout',
      step: 'create',
      text,
    });
    await taken.log([line('one'), line('two'), line('three')]);
    const first = await api.call('GET', `/api/jobs/${id}/log?limit=2`);
    expect(first.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    const lines = first.text
      .trimEnd()
      .split('\n')
      .map((each): unknown => JSON.parse(each));
    expect(lines).toMatchObject([{ source: 'stdout', step: 'create', text: 'one' }, { text: 'two' }]);
    const cursor = first.headers.get('x-lizzy-log-cursor') ?? '';
    const rest = await api.call('GET', `/api/jobs/${id}/log?after=${cursor}`, { headers: { accept: 'text/plain' } });
    expect([rest.headers.get('content-type'), rest.text]).toEqual(['text/plain; charset=utf-8', 'three\n']);
    const end = rest.headers.get('x-lizzy-log-cursor') ?? '';
    const nothing = await api.call('GET', `/api/jobs/${id}/log?after=${end}`);
    expect([nothing.status, nothing.text, nothing.headers.get('x-lizzy-log-cursor')]).toEqual([200, '', end]);
    for (const follow of ['false', 'true']) {
      const beyond = await api.call('GET', `/api/jobs/${id}/log?follow=${follow}&after=${Number(end) + 1}`);
      expect([beyond.status, pointersOf(beyond)]).toEqual([400, ['/after']]);
    }
    taken.stop();
  });

  it.each([
    ['text/plain', 'text/plain'],
    ['text/*', 'text/plain'],
    ['text/plain, application/json;q=0.5', 'text/plain'],
    ['text/plain, */*;q=0.1', 'text/plain'],
    ['*/*', 'application/x-ndjson'],
    ['application/json', 'application/x-ndjson'],
    ['application/x-ndjson, text/plain;q=0.9', 'application/x-ndjson'],
    ['text/plain;q=0', 'application/x-ndjson'],
    ['image/png', 'application/x-ndjson'],
  ])('for "Accept: %s" is %s', async (accept, type) => {
    const { headers } = await api.call('GET', `/api/jobs/${await submitDeployment(api)}/log`, { headers: { accept } });
    expect(headers.get('content-type')).toContain(type);
  });

  it('of an unknown job is a 404', async () => {
    expect((await api.call('GET', '/api/jobs/nope/log')).status).toBe(404);
  });

  it('rejects an invalid cursor', async () => {
    expect(pointersOf(await api.call('GET', `/api/jobs/${await submitDeployment(api)}/log?after=x`))).toEqual([
      '/after',
    ]);
  });
});

describe('the definition of a job', () => {
  it('is returned as it was submitted', async () => {
    const id = await submitDeployment(api);
    const answer = await api.call('GET', `/api/jobs/${id}/definition`);
    expect([answer.status, answer.text]).toEqual([200, deployment()['senza_yaml']]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/yaml/);
  });

  it('is 410 when it has expired and 404 for a job without one', async () => {
    const id = await submitDeployment(api);
    await environment.redis.del(environment.keys.request(id));
    const expired = await api.call('GET', `/api/jobs/${id}/definition`);
    expect([expired.status, problemOf(expired).type]).toEqual([410, 'urn:lizzy:problem:request-gone']);
    expect((await api.call('GET', '/api/jobs/nope/definition')).status).toBe(404);

    const options = { body: {}, headers: { prefer: 'respond-async' } };
    const deletion = jobOf(await api.call('DELETE', '/api/stacks/hello-v77', options));
    expect(deletion.links.definition).toBeNull();
    expect((await api.call('GET', `/api/jobs/${deletion.id}/definition`)).status).toBe(404);
  });
});
