import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare } from '../support/definitions.js';
import { WholeLizzy } from '../support/test-environment.js';

// `npm run test:node24` runs this file, and so the API and the worker, with another Node.
describe(`a whole Lizzy on Node ${process.versions.node}`, () => {
  let lizzy: WholeLizzy;
  beforeAll(async () => {
    lizzy = await WholeLizzy.start({ stackSeconds: 1 });
  });
  afterAll(async () => {
    await lizzy.stop();
  });

  it('accepts a deployment, and reports the created stack to a caller that waits for the job', async () => {
    const accepted = await lizzy.call('POST', '/api/deployments', {
      body: { senza_yaml: bare('whole'), stack_version: 'v1' },
    });
    expect(accepted.status).toBe(202);

    const ended = await lizzy.call('GET', `${accepted.headers.get('location') ?? ''}?wait=55`);
    expect(ended.json).toMatchObject({ status: 'succeeded', stack_name: 'whole', stack_version: 'v1', error: null });
    expect(await lizzy.calls('CreateStack', 'whole-v1')).toBe(1);
  });

  it('stops API and worker with exit code 0 on SIGTERM', async () => {
    const [worker] = lizzy.rig.workers;
    expect(await worker?.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await lizzy.api.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
