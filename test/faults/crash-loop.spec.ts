import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';

const DEATHS = 3;

describe('a job whose workers crash one after the other', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ stackSeconds: 1 });
  });
  afterAll(async () => {
    await rig.stop();
  });

  it('fails as interrupted after the third crash, and names what to check', async () => {
    // Throttled calls keep Senza busy, and have no effect that another worker could observe.
    await rig.aws.control.addFault({ kind: 'throttle', action: 'CreateStack', times: null });
    const id = await rig.deploy(bare('unlucky'), 'v1');
    for (let death = 1; death <= DEATHS; death += 1) {
      const worker = await rig.addWorker();
      await rig.acting(id, 'create', death);
      await worker.killGroup();
    }
    await rig.addWorker();
    const job = await rig.ended(id);

    expect(job.attempt).toBe(DEATHS + 1);
    expect(job.progress).toMatchObject({
      status: 'failed',
      error: { code: 'interrupted', data: { step: 'create', crashes: DEATHS } },
    });
    expect(job.progress.error?.detail).toMatch(/3 workers .* "create".*the stack in AWS/s);
    expect(await rig.calls('CreateStack')).toBe(0);
    await rig.quiet();
    expect(await rig.leakedKeys()).toEqual([]);
    await rig.filesRemoved();
  });
});
