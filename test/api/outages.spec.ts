import { jobKeys } from '#jobs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, startValkey, until } from '../../local/services/index.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { startApiInProcess, type TestApi } from '../support/api-in-process.js';
import { TestEnvironment } from '../support/test-environment.js';
import { redisReaders } from '../support/redis-readers.js';
import { deployment, jobOf, pageOf, problemOf } from './deployment.js';

let rig: TestEnvironment;
let api: TestApi;
beforeEach(async () => {
  rig = await TestEnvironment.start({ aws: false, tokens: true });
  api = await rig.apiInProcess();
});
afterEach(async () => {
  await rig.stop();
});

async function expect503(call: Promise<{ status: number; headers: Headers }>): Promise<void> {
  const answer = await call;
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

describe('Redis unavailable', () => {
  it('at the start: the API is live and responds with 503 until Redis is available', async () => {
    const port = await freePort();
    const env = { REDIS_URL: `redis://127.0.0.1:${port}`, TOKENINFO_URL: rig.tokens.tokeninfoUrl };
    const early = await startApiInProcess(env, rig.token);
    await expect503(early.call('POST', '/api/deployments', { body: deployment() }));
    await expect503(early.call('GET', '/api/jobs/x?wait=30'));
    expect((await early.call('GET', '/health/live')).status).toBe(200);
    expect((await early.call('GET', '/health/ready')).status).toBe(503);
    const valkey = await startValkey({ port });
    await until('Redis to be found', async () => {
      return (await early.call('POST', '/api/deployments', { body: deployment() })).status === 202;
    });
    await early.stop();
    await valkey.stop();
  });

  it('permanently: the API still stops', async () => {
    const env = { REDIS_URL: `redis://127.0.0.1:${await freePort()}`, TOKENINFO_URL: rig.tokens.tokeninfoUrl };
    const alone = await startApiInProcess(env, rig.token);
    await alone.stop();
  });

  it('during calls: 503 immediately, and normal responses when Redis is back', async () => {
    const { id } = jobOf(await api.call('POST', '/api/deployments', { body: deployment() }));
    const waiting = api.call('GET', `/api/jobs/${id}?wait=4`);
    await rig.valkey.kill();
    await expect503(api.call('POST', '/api/deployments', { body: deployment() }));
    await expect503(api.call('GET', `/api/jobs/${id}`));
    expect([200, 503]).toContain((await waiting).status);
    await startValkey({ port: rig.valkey.port }).then(async (valkey) => {
      await until('Redis to be found again', async () => (await api.call('GET', '/api/jobs')).status === 200);
      await valkey.stop();
    });
  });

  it('hung: 503 within seconds', async () => {
    process.kill(rig.valkey.pid, 'SIGSTOP');
    await expect503(api.call('POST', '/api/deployments', { body: deployment() }));
    process.kill(rig.valkey.pid, 'SIGCONT');
    await until('Redis to be found again', async () => (await api.call('GET', '/api/jobs')).status === 200);
  });
});

/** An API whose Redis fails permanently as soon as a request of this kind is sent. */
async function apiLosingRedisAt(isMoment: (request: string) => boolean): Promise<TestApi> {
  const proxy = await FaultProxy.start(rig.valkey.port, {
    faultOf: (request) => (isMoment(request) ? 'lose request' : 'none'),
    onFault: () => {
      proxy.stop();
    },
  });
  return await startApiInProcess({ REDIS_URL: proxy.redisUrl, TOKENINFO_URL: rig.tokens.tokeninfoUrl }, rig.token);
}

describe('Redis failing at one moment', () => {
  it('when it has just accepted a query: 503 immediately, and nothing but the request fails', async () => {
    let taken = false;
    const losing = await apiLosingRedisAt((request) => {
      const isRead = request.includes('"read":"stacks"');
      if (!isRead) return taken && request.includes(':stack-queries:');
      taken = true;
      return false;
    });
    await expect503(losing.call('GET', '/api/stacks'));
    expect((await losing.call('GET', '/health/live')).status).toBe(200);
    await losing.stop();
  });
});

describe('Redis failing when it has just accepted a change', () => {
  /** An API whose Redis fails as soon as the record of a job is read for this time. */
  async function apiLosingRedisAtRead(number: number): Promise<TestApi> {
    let reads = 0;
    return await apiLosingRedisAt((request) => {
      if (request.includes('\nhmget\r\n') && request.includes(':job:')) reads += 1;
      return reads >= number;
    });
  }

  it('responds with 503 that names the job', async () => {
    const submitting = await apiLosingRedisAtRead(1);
    const submitted = await submitting.call('POST', '/api/deployments', { body: deployment() });
    const id = String(problemOf(submitted)['job_id']);
    expect([submitted.status, jobOf(await api.call('GET', `/api/jobs/${id}`)).id]).toEqual([503, id]);

    // The job is read twice before it is cancelled.
    const cancelling = await apiLosingRedisAtRead(3);
    const cancelled = await cancelling.call('POST', `/api/jobs/${id}/cancel`);
    expect([cancelled.status, problemOf(cancelled)['job_id']]).toEqual([503, id]);
    expect(jobOf(await api.call('GET', `/api/jobs/${id}`)).status).toBe('cancelled');
    await Promise.all([submitting.stop(), cancelling.stop()]);
  });

  it('between the two writes of a cancellation: it can be repeated with the same Idempotency-Key', async () => {
    const { id } = jobOf(await api.call('POST', '/api/deployments', { body: deployment() }));
    const writes = new Set<string>();
    const losing = await apiLosingRedisAt((request) => {
      for (const [, key = ''] of request.matchAll(/:(idempotency|locks-of):/g)) writes.add(key);
      return writes.size === 2;
    });
    const headers = { 'idempotency-key': 'cancel-1' };
    await expect503(losing.call('POST', `/api/jobs/${id}/cancel`, { headers }));
    const repeated = await api.call('POST', `/api/jobs/${id}/cancel`, { headers });
    expect([repeated.status, jobOf(repeated).status]).toEqual([202, 'cancelled']);
    await losing.stop();
  });
});

describe('Redis failing to return what is shown besides the record of a job', () => {
  it('leaves that out: accepted jobs are named, and the history is served', async () => {
    await rig.redis.acl('SETUSER', 'default', '-zrank');
    const submitted = await api.call('POST', '/api/deployments', { body: deployment() });
    const { id } = jobOf(submitted);
    const cancelled = await api.call('POST', `/api/jobs/${id}/cancel`);
    const retried = await api.call('POST', `/api/jobs/${id}/retry`);
    const history = await api.call('GET', '/api/jobs');
    expect([submitted, cancelled, retried, history].map(({ status }) => status)).toEqual([202, 202, 202, 200]);
    expect(pageOf(history).items.map((job) => job.id)).toEqual([jobOf(retried).id, id]);
  });
});

describe('the token service unavailable', () => {
  it.each([
    ['cut', { kind: 'cut' } as const],
    ['broken', { kind: 'answer', status: 500, body: '' } as const],
    ['responding with HTML', { kind: 'answer', status: 200, body: '<html>' } as const],
  ])('%s: rejects new tokens; known users can read, but not change anything', async (_name, fault) => {
    expect((await api.call('GET', '/api/jobs')).status).toBe(200);
    rig.tokens.setFault(fault);
    const token = rig.tokens.addToken({ uid: 'robot', scope: ['deploy'] });
    await expect503(api.call('GET', '/api/jobs', { headers: { authorization: `Bearer ${token}` } }));
    expect((await api.call('GET', '/api/jobs')).status).toBe(200);
    expect((await api.call('GET', '/api/status')).json).toMatchObject({
      checks: { token_service: { status: 'failing', detail: expect.stringMatching(/^token service: /) } },
    });
    // One line for the outage, none for each request.
    const lines = api
      .logged()
      .split('\n')
      .filter((line) => line.includes('"level":"warn"'));
    expect(lines).toEqual([expect.stringMatching(/"Token service is unavailable".*"reason":"token service: /)]);
    expect(api.logged()).not.toContain('"stack"');
  });
});

describe('the end of the process', () => {
  it('answers waiting requests with the current state of the job', async () => {
    const { id } = jobOf(await api.call('POST', '/api/deployments', { body: deployment() }));
    const readers = await redisReaders(rig.redis, jobKeys('lizzy').job(id));
    // Longer than the test may take.
    const waiting = api.call('GET', `/api/jobs/${id}?wait=55`);
    await until('the request to wait', () => readers.count === 1);
    readers.stop();
    await api.stop();
    const answer = await waiting;
    expect([answer.status, jobOf(answer).status]).toEqual([200, 'queued']);
    expect(answer.headers.get('connection')).toBe('close');
  });

  it('is not delayed by clients that have disconnected', async () => {
    const { id } = jobOf(await api.call('POST', '/api/deployments', { body: deployment() }));
    const gone = new AbortController();
    const waiting = api.call('GET', `/api/jobs/${id}?wait=50`, { signal: gone.signal });
    await expect(
      Promise.all([
        waiting,
        Promise.resolve().then(() => {
          gone.abort();
        }),
      ]),
    ).rejects.toThrow();
    expect((await api.call('GET', `/api/jobs/${id}`)).status).toBe(200);
  });
});
