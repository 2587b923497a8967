import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare, weighted } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const JOB_LIMIT_MS = 300_000;

// `npm run test:node24` runs this file, and so the API and the worker, with another Node.
describe(`a whole Lizzy on Node ${process.versions.node}`, () => {
  let lizzy: TestEnvironment;
  beforeAll(async () => {
    lizzy = await TestEnvironment.start({ apis: 1, workers: 1, stackSeconds: 1 });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  it('accepts a deployment, and reports the created stack to a caller that waits for the job', async () => {
    const accepted = await lizzy.call('POST', '/api/deployments', {
      body: { senza_yaml: bare('whole'), stack_version: 'v1' },
    });
    expect(accepted.status).toBe(202);

    const id = String(accepted.headers.get('location')).split('/').at(-1) ?? '';
    expect(await lizzy.client.waitForJob(id, JOB_LIMIT_MS)).toMatchObject({
      status: 'succeeded',
      stack_name: 'whole',
      stack_version: 'v1',
      error: null,
    });
    expect(await lizzy.calls('CreateStack', 'whole-v1')).toBe(1);
  });

  describe('through the client library', () => {
    it('deploys, follows the events and reads the log, the stack and its traffic', async () => {
      const { client } = lizzy;
      const { id } = await client.deploy(
        { senza_yaml: weighted('served'), stack_version: '1', new_traffic: 100 },
        { idempotencyKey: 'served-1' },
      );
      const again = { senza_yaml: weighted('served'), stack_version: '1', new_traffic: 100 };
      expect((await client.deploy(again, { idempotencyKey: 'served-1' })).id).toBe(id);
      const events: (string | undefined)[] = [];
      for await (const { event } of client.events(id)) events.push(event);
      expect(events).toEqual(expect.arrayContaining(['snapshot', 'step', 'log', 'end']));

      const job = await client.waitForJob(id, JOB_LIMIT_MS);
      expect(job).toMatchObject({ status: 'succeeded', stack_name: 'served', error: null });
      expect((await client.log(id)).map(({ step }) => step)).toContain('traffic');
      expect(await client.stacks('served,1')).toMatchObject([{ stack_name: 'served', version: '1' }]);
      expect(await client.traffic('served-1')).toBe(100);
    });

    it('cancels a job with its stack, retries it, and finds both in the history', async () => {
      const { client } = lizzy;
      await lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'slow-v1', seconds: 600 });
      const id = await client.submit('POST', '/api/deployments', { senza_yaml: bare('slow'), stack_version: 'v1' });
      await lizzy.inStep(id, 'wait');
      expect(await client.cancel(id, { deleteStack: true })).toMatchObject({ id, cancel_requested: true });
      expect(await client.waitForJob(id, JOB_LIMIT_MS)).toMatchObject({ status: 'cancelled' });

      const { id: retry } = await client.retry(id);
      expect(await client.waitForJob(retry, JOB_LIMIT_MS)).toMatchObject({ status: 'succeeded', retry_of: id });
      expect((await client.allJobs({ stack_name: 'slow', limit: '1' })).map((job) => job.id)).toEqual([retry, id]);
    });

    it('reports a rejected request with the problem of the API', async () => {
      const rejected = lizzy.client.deploy({ senza_yaml: bare('wrong'), stack_version: 'not valid' });
      await expect(rejected).rejects.toMatchObject({
        name: 'LizzyApiError',
        status: 400,
        problem: { type: 'urn:lizzy:problem:invalid-request', errors: [{ pointer: '/stack_version' }] },
      });
    });
  });

  it('stops API and worker with exit code 0 on SIGTERM', async () => {
    const [worker] = lizzy.workers;
    expect(await worker?.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await lizzy.api.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
