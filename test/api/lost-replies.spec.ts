import { type Answer } from '#client';
import { describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { startApiInProcess, type TestApi } from '../support/api-in-process.js';
import { startApiTest } from '../support/api-test.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { deployment, ended, jobOf, pageOf, problemOf } from './deployment.js';

const { environment, api } = await startApiTest();

describe('Redis that stores a job, and whose reply is lost', () => {
  /** An API that loses the first reply to a command with this text. Redis knows its scripts: it executes the command. */
  async function apiLosingReplyTo(text: string): Promise<TestApi> {
    await submit(api, deployment({ stack_version: 'before' }));
    let isLost = false;
    const proxy = await FaultProxy.start(environment.valkey.port, {
      faultOf: (request) => {
        if (isLost || !request.includes(text)) return 'none';
        isLost = true;
        return 'lose response';
      },
    });
    const env = { REDIS_URL: proxy.redisUrl, TOKENINFO_URL: environment.tokens.tokeninfoUrl };
    const losing = await startApiInProcess(env, environment.token);
    const stop = async (): Promise<void> => {
      await losing.stop();
      proxy.stop();
    };
    return { ...losing, stop };
  }

  async function submit(on: TestApi, body: object, key?: string): Promise<Answer> {
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    return await on.call('POST', '/api/deployments', { body, headers });
  }

  /** The response to a request that the client sends again until Redis is connected again. */
  async function repeated(on: TestApi, body: object, key?: string): Promise<Answer> {
    let answer = await submit(on, body, key);
    await until('Redis to be connected again', async () => {
      if (answer.status === 503) answer = await submit(on, body, key);
      return answer.status !== 503;
    });
    return answer;
  }

  async function jobsOf(version: string): Promise<string[]> {
    return pageOf(await api.call('GET', `/api/jobs?stack_version=${version}`)).items.map(({ id }) => id);
  }

  it('is a 503; the request sent again with its Idempotency-Key gets that job', async () => {
    const losing = await apiLosingReplyTo('"stack_version":"keyed"');
    const body = deployment({ stack_version: 'keyed' });
    expect((await submit(losing, body, 'run-1')).status).toBe(503);
    const stored = await jobsOf('keyed');
    expect(stored).toHaveLength(1);
    const answer = await repeated(losing, body, 'run-1');
    expect([answer.status, [jobOf(answer).id]]).toEqual([202, stored]);
    expect(await jobsOf('keyed')).toEqual(stored);
    await losing.stop();
  });

  it('is a 503; the request sent again without a key gets a 409 that names that job', async () => {
    const losing = await apiLosingReplyTo('"stack_version":"keyless"');
    const body = deployment({ stack_version: 'keyless' });
    expect((await submit(losing, body)).status).toBe(503);
    const stored = await jobsOf('keyless');
    const answer = await repeated(losing, body);
    expect([answer.status, [problemOf(answer)['job_id']]]).toEqual([409, stored]);
    await losing.stop();
  });

  it('makes one new attempt of a failed job whose key is used again with retry_failed', async () => {
    const body = deployment({ stack_version: 'again', if_exists: 'retry_failed' });
    const first = jobOf(await submit(api, body, 'run-2')).id;
    const taken = await environment.claim(first);
    await taken.finish(ended(taken, 'failed', { error: { code: 'throttled', detail: 'x', data: {} } }));
    const losing = await apiLosingReplyTo(`"retry_of":"${first}"`);
    expect((await submit(losing, body, 'run-2')).status).toBe(503);
    const [second = '', ...others] = await jobsOf('again');
    expect(others).toEqual([first]);
    expect(jobOf(await repeated(losing, body, 'run-2'))).toMatchObject({ id: second, retry_of: first });
    expect(await jobsOf('again')).toEqual([second, first]);
    await losing.stop();
  });
});
