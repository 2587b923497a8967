import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkerRegistry } from '#jobs';
import { until, type Worker } from '../../local/services/index.js';
import { bare, weighted } from '../support/definitions.js';
import { HELD_SECONDS } from './scenario.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { ExternalActor, weightedTemplate } from '../support/external-actor.js';

describe('workers whose Redis becomes unavailable', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ stackSeconds: 1, workers: 2 });
  });
  afterAll(async () => {
    await rig.stop();
  });
  const delayCreation = async (stack: string, seconds = HELD_SECONDS): Promise<void> => {
    await rig.aws.control.addFault({ kind: 'delay', action: 'CreateStack', stack, seconds });
  };

  /** The worker that runs a job. */
  const workerOf = async (id: string): Promise<Worker> => {
    const { worker } = await rig.job(id);
    const reports = await new WorkerRegistry(rig.redis, 'lizzy').listAlive();
    const pid = reports.find((report) => report.id === worker)?.pid;
    const found = rig.workers.find((each) => each.pid === pid);
    if (found === undefined) throw new Error(`no worker runs the job ${id}`);
    return found;
  };

  /** The changes that AWS has made so far. */
  const changes = async (): Promise<number[]> =>
    await Promise.all(['CreateStack', 'UpdateStack', 'DeleteStack'].map((action) => rig.calls(action)));

  it('let commands finish and record them when it is available again; nothing runs twice', async () => {
    await delayCreation('short-v1');
    await delayCreation('long-v1');
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'waits-v1', seconds: 8 });
    const waits = await rig.deploy(bare('waits'), 'v1');
    await rig.inStep(waits, 'wait');
    const [short, long] = await Promise.all([rig.deploy(bare('short'), 'v1'), rig.deploy(bare('long'), 'v1')]);
    for (const stack of ['short-v1', 'long-v1']) await rig.aws.control.faultMet('CreateStack', stack);
    await rig.stopSenzasAtEnd(short, 'short-v1');
    const owner = await workerOf(short);
    await rig.valkey.kill();
    // The short command ends now; the long one when its claim can no longer be verified.
    await rig.signalSenzas('SIGCONT');
    await rig.quiet();
    expect(await rig.calls('CreateStack', 'short-v1')).toBe(1);
    // The other worker is connected first: it lets this one store the result.
    owner.child.signal('SIGSTOP');
    await rig.restartValkey();
    await until('the other worker to be connected', async () =>
      /name=lizzy-worker:\S+:commands/.test(String(await rig.redis.client('LIST'))),
    );
    owner.child.signal('SIGCONT');

    for (const id of [waits, short, long]) expect((await rig.ended(id)).progress.status).toBe('succeeded');
    for (const stack of ['waits-v1', 'short-v1', 'long-v1']) expect(await rig.calls('CreateStack', stack)).toBe(1);
    expect(rig.step(await rig.job(short), 'create')?.journal).toMatchObject([{ succeeded: true }]);
    expect(await rig.leakedKeys()).toEqual([]);
  });

  it('wait while it hangs, and continue when it responds again', async () => {
    await delayCreation('hangs-v1');
    const id = await rig.deploy(bare('hangs'), 'v1');
    await rig.aws.control.faultMet('CreateStack', 'hangs-v1');
    await rig.stopSenzasAtEnd(id, 'hangs-v1');
    rig.valkey.child.signal('SIGSTOP');
    await rig.signalSenzas('SIGCONT');
    await rig.quiet();
    rig.valkey.child.signal('SIGCONT');

    expect(await rig.ended(id)).toMatchObject({ attempt: 1, progress: { status: 'succeeded' } });
    expect(await rig.calls('CreateStack', 'hangs-v1')).toBe(1);
  });

  it('still delete the stack of a cancelled job when its command was terminated with the lease', async () => {
    await rig.aws.control.addFault(
      { kind: 'slow_stack', action: 'CreateStack', stack: 'removed-v1', seconds: 600 },
      { kind: 'delay', action: 'DeleteStack', stack: 'removed-v1', seconds: HELD_SECONDS },
    );
    const id = await rig.deploy(bare('removed'), 'v1');
    await rig.inStep(id, 'wait');
    await rig.cancel(id, true);
    await rig.aws.control.faultMet('DeleteStack', 'removed-v1');
    rig.valkey.child.signal('SIGSTOP');
    await rig.quiet();
    rig.valkey.child.signal('SIGCONT');

    expect((await rig.ended(id)).progress.status).toBe('cancelled');
    await rig.aws.control.finishPending('removed-v1');
    expect(await rig.awsReader.stackByName(REGION, 'removed-v1')).toBeNull();
    expect(await rig.calls('DeleteStack', 'removed-v1')).toBe(1);
  });

  it('continue jobs that the queue has lost, or has never received; a running command is not disturbed', async () => {
    // Longer than the reconciler takes to deliver the job again (5 s).
    await delayCreation('runs-v1', 9);
    const runs = await rig.deploy(bare('runs'), 'v1');
    await rig.acting(runs, 'create');
    const waits = await rig.deploy(bare('lost'), 'v1');
    await rig.inStep(waits, 'wait');
    await rig.redis.del(await rig.redis.keys('{lizzy}:jobs:*'));
    const stack = { stack: 'alone', version: 'v1' };
    const never = await rig.deploy(bare('alone'), 'v1', {}, { ...stack, enqueued: false });

    for (const id of [waits, never, runs]) expect((await rig.ended(id)).progress.status).toBe('succeeded');
    expect(await rig.calls('CreateStack', 'lost-v1')).toBe(1);
    const undisturbed = await rig.job(runs);
    expect(undisturbed.attempt).toBe(1);
    expect(rig.step(undisturbed, 'create')?.journal).toMatchObject([{ succeeded: true }]);
  });

  it('change nothing again when it is restored to an old state', async () => {
    await new ExternalActor(rig.aws).createStack('old', '1', weightedTemplate('old', '1', 100));
    await rig.aws.control.addFault({
      kind: 'slow_stack',
      action: 'CreateStack',
      stack: 'old-2',
      seconds: HELD_SECONDS,
    });
    const id = await rig.deploy(weighted('old'), '2', { new_traffic: 100, keep_stacks: 0 });
    await rig.inStep(id, 'wait');
    await rig.keepOldState();
    await rig.aws.control.finish('old-2');
    const since = await rig.ended(await rig.deploy(bare('since'), 'v1'));
    expect((await rig.ended(id)).progress.status).toBe('succeeded');
    const before = await changes();
    await rig.valkey.kill();
    await rig.restartValkey({ old: true });

    // It observes the earlier change, and makes none.
    const again = await rig.ended(id);
    expect(again.progress.status).toBe('succeeded');
    for (const step of ['traffic', 'clean_up']) expect(rig.step(again, step)?.journal).toEqual([]);
    expect(await changes()).toEqual(before);
    expect(await rig.store.get(since.submission.id)).toBeNull();
    expect(await rig.leakedKeys()).toEqual([]);
  });

  it('run nothing again when it restarts empty', async () => {
    await delayCreation('half-v1', 5);
    const half = await rig.deploy(bare('half'), 'v1');
    await rig.ended(await rig.deploy(bare('whole'), 'v1'));
    await rig.acting(half, 'create');
    await rig.valkey.kill();
    await rig.restartValkey({ empty: true });
    await rig.quiet();
    const fresh = await rig.deploy(bare('fresh'), 'v1');

    expect((await rig.ended(fresh)).progress.status).toBe('succeeded');
    const { items } = await rig.store.history.page({ limit: 10 });
    expect(items.map(({ submission }) => submission.id)).toEqual([fresh]);
    expect(await rig.calls('CreateStack', 'whole-v1')).toBe(1);
    expect(await rig.calls('CreateStack', 'half-v1')).toBeLessThanOrEqual(1);
    expect(await rig.leakedKeys()).toEqual([]);
  });
});
