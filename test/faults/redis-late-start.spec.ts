import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { LizzyClient } from '#client';
import { jobKeys } from '#jobs';
import {
  Child,
  freePort,
  inProject,
  programArguments,
  startApi,
  startAwsEmulator,
  startTokenServer,
  startValkey,
  until,
  WAIT_LIMIT_MILLISECONDS,
} from '../../local/services/index.js';
import { jobSchema } from '../../apps/api/jobs/job.dto.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';
import { HELD_SECONDS } from './scenario.js';

const WOKEN_MS = 50_000;
const ROUNDS = 8;
const ROUND_MS = 400;

describe('a Redis that starts after its API and its worker', () => {
  it('lets both work without a restart', async () => {
    const port = await freePort();
    const shared = { REDIS_URL: `redis://127.0.0.1:${port}` };
    const [aws, tokens] = await Promise.all([startAwsEmulator(), startTokenServer()]);
    const worker = await Child.start({
      name: 'worker',
      command: process.execPath,
      args: programArguments('worker'),
      env: { ...shared, ...aws.env, SENZA_COMMAND: inProject('.venv', 'bin', 'senza'), POLL_SECONDS: '1' },
    });
    const access = { TOKENINFO_URL: tokens.tokeninfoUrl, DEPLOYER_SCOPE: 'deployer', ALLOWED_USERS: 'robot' };
    const api = await startApi({ ...shared, ...access });
    await worker.waitForLine(/Redis is unavailable/);
    expect((await fetch(`${api.url}/health`)).status).toBe(503);
    const valkey = await startValkey({ port });
    await until('both to be well', async () => (await fetch(`${api.url}/health`)).status === 200);

    const token = tokens.addToken({ uid: 'robot', scope: ['deployer'] });
    const client = new LizzyClient({ url: api.url, token });
    const { id } = await client.deploy({ senza_yaml: bare('late'), stack_version: 'v1' });
    expect((await client.waitForJob(id, WAIT_LIMIT_MILLISECONDS)).status).toBe('succeeded');
    expect(await Promise.all([worker.stop(), api.stop()])).toEqual(Array(2).fill({ code: 0, signal: null }));
    await Promise.all([aws.stop(), tokens.stop(), valkey.stop()]);
  });
});

describe('clients that Redis drops again and again', () => {
  let served: TestEnvironment;
  beforeAll(async () => {
    served = await TestEnvironment.start({ apis: 1, workers: 1, stackSeconds: 1 });
  });
  afterAll(async () => {
    await served.stop();
  });

  async function dropClients(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const type of ['normal', 'pubsub']) await served.redis.call('CLIENT', 'KILL', 'TYPE', type);
      await after(ROUND_MS);
    }
  }

  it('keep working: jobs finish, ?wait= wakes, and a cancellation reaches the worker that runs the job', async () => {
    await served.aws.control.addFault(
      { kind: 'delay', action: 'CreateStack', stack: 'ends-v1', seconds: HELD_SECONDS },
      { kind: 'slow_stack', action: 'CreateStack', stack: 'never-v1', seconds: 600 },
    );
    const never = await served.deployByApi(bare('never'));
    await served.inStep(never, 'wait');
    const ends = await served.deployByApi(bare('ends'));
    await served.acting(ends, 'create');
    const waited = served.call('GET', `/api/jobs/${ends}?wait=55`);
    await dropClients();
    await until('jobs to be read', async () => (await served.call('GET', `/api/jobs/${ends}`)).status === 200);
    // If not woken, it would be answered only after 55 seconds.
    const woken = served.call('GET', `/api/jobs/${ends}?wait=55`, { signal: AbortSignal.timeout(WOKEN_MS) });
    await served.aws.control.clearFaults('ends-v1');
    expect(jobSchema.parse((await woken).json)).toMatchObject({ status: 'succeeded', attempt: 1 });
    // A caller that waits while its API cannot read Redis gets an error.
    expect([200, 503]).toContain((await waited).status);
    expect(await served.calls('CreateStack', 'ends-v1')).toBe(1);
    const { cancellations } = jobKeys('lizzy');
    await until('the worker to listen again', async () => {
      const [, listeners] = await served.redis.pubsub('NUMSUB', cancellations);
      return Number(listeners) === 1;
    });
    expect((await served.call('POST', `/api/jobs/${never}/cancel`, { body: {} })).status).toBe(202);
    expect((await served.ended(never)).progress.status).toBe('cancelled');
    expect(await served.leakedKeys()).toEqual([]);
  });
});
