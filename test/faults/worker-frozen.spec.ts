import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Worker } from '../../local/services/index.js';
import { bare } from '../support/definitions.js';
import { TestEnvironment } from '../support/test-environment.js';
import { HELD_SECONDS } from './scenario.js';

describe('a worker that is frozen for longer than its lease', () => {
  let rig: TestEnvironment;
  let frozen: Worker;
  let other: Worker;
  const jobs: string[] = [];

  beforeAll(async () => {
    rig = await TestEnvironment.start({ stackSeconds: 1 });
    frozen = await rig.addWorker();
    // A command of the runtime would end before it can be frozen.
    for (const stack of ['both-v1', 'solo-v1']) {
      await rig.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack, seconds: HELD_SECONDS });
    }
    const withSenza = await rig.deploy(bare('both'), 'v1');
    await rig.aws.control.faultMet('CreateStack', 'both-v1');
    await rig.signalSenzas('SIGSTOP');
    const alone = await rig.deploy(bare('solo'), 'v1');
    await rig.aws.control.faultMet('CreateStack', 'solo-v1');
    frozen.child.signal('SIGSTOP');
    await rig.aws.control.clearFaults();
    other = await rig.addWorker();
    jobs.push(withSenza, alone);
    await Promise.all(jobs.map((id) => rig.ended(id)));
  });
  afterAll(async () => {
    await rig.stop();
  });

  it('has its jobs finished by another, with each change made once', async () => {
    for (const id of jobs) expect(await rig.job(id)).toMatchObject({ attempt: 2, progress: { status: 'succeeded' } });
    expect(await rig.calls('CreateStack', 'both-v1')).toBe(1);
    expect(await rig.calls('CreateStack', 'solo-v1')).toBe(1);
  });

  it('leaves no Senza process, not even a frozen one', async () => {
    await expect(rig.quiet()).resolves.toBeUndefined();
  });

  it('does no harm when it wakes up, and continues to work', async () => {
    const before = await Promise.all(jobs.map((id) => rig.job(id)));
    frozen.child.signal('SIGCONT');
    await other.stop();
    const { attempt, progress } = await rig.ended(await rig.deploy(bare('after'), 'v1'));

    expect({ attempt, status: progress.status }).toEqual({ attempt: 1, status: 'succeeded' });
    expect(await Promise.all(jobs.map((id) => rig.job(id)))).toEqual(before);
    expect(await rig.calls('CreateStack')).toBe(3);
    expect(await rig.leakedKeys()).toEqual([]);
    expect(await frozen.stop()).toEqual({ code: 0, signal: null });
    await rig.filesRemoved();
  });
});
