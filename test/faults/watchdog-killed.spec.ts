import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare } from '../support/definitions.js';
import { watchdogOf } from '../support/processes.js';
import { TestEnvironment } from '../support/test-environment.js';
import { HELD_SECONDS } from './scenario.js';

describe('a worker that is killed after its watchdog, while it was frozen', () => {
  let rig: TestEnvironment;
  let job: string;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 1 });
    const [worker] = rig.workers;
    if (worker === undefined) throw new Error('there is no worker');
    await rig.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack: 'left-v1', seconds: HELD_SECONDS });
    job = await rig.deploy(bare('left'), 'v1');
    await rig.aws.control.faultMet('CreateStack', 'left-v1');
    // As if they hung: they would not exit by themselves.
    await rig.signalSenzas('SIGSTOP');
    worker.child.signal('SIGSTOP');
    process.kill(await watchdogOf(worker.pid), 'SIGKILL');
    await worker.kill();
    await rig.aws.control.clearFaults();
  });
  afterAll(async () => {
    await rig.signalSenzas('SIGKILL');
    await rig.stop();
  });

  it('leaves a Senza and its input files, for no process is left to remove them', async () => {
    expect(await rig.senzas()).not.toEqual([]);
    expect(await rig.temporaryFiles()).toContainEqual(expect.stringMatching(/\/definition\.yaml$/));
  });

  it('has both removed by the next worker at its start, which logs it and finishes the job', async () => {
    const next = await rig.addWorker();
    expect(next.child.tail).toMatch(/Removed orphans of dead workers/);
    await rig.quiet();
    expect((await rig.ended(job)).progress).toMatchObject({ status: 'succeeded' });
    await rig.filesRemoved();
  });
});
