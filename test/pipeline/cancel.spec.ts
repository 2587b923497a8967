import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../../local/services/index.js';
import { bare, weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { QUEUE_TEMPLATE, ExternalActor } from '../support/external-actor.js';

const SLOW_CALL_SECONDS = 120;
/** Less than the call for the stack takes: Senza does not end by itself before. */
const GROUP_GONE_MS = 100_000;

/** How many processes run `senza create` now. */
function runningSenza(): number {
  const commands = readdirSync('/proc').flatMap((entry) => {
    try {
      return /^\d+$/.test(entry) ? [readFileSync(`/proc/${entry}/cmdline`, 'utf8')] : [];
    } catch {
      return []; // Exited meanwhile.
    }
  });
  return commands.filter((command) => command.includes('senza') && command.includes(VERSION)).length;
}
/** A version that no other test uses, to find its command among all processes. */
const VERSION = `v${process.pid}cancelled`;

describe('a cancelled job', () => {
  let rig: TestEnvironment;
  let external: ExternalActor;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 2, stackSeconds: 600, workerEnv: { WORKER_CONCURRENCY: '5' } });
    external = new ExternalActor(rig.aws);
  });
  afterEach(async () => {
    await rig.aws.control.clearFaults();
    expect(await rig.leakedKeys()).toEqual([]);
  });
  afterAll(async () => {
    await rig.stop();
  });

  const isCancelled = { status: 'cancelled', error: null, waiting_for: null };

  it('stops while it waits for CloudFormation, and reports what was done and the current state', async () => {
    const id = await rig.deploy(bare('cfn'), 'v1', { keep_stacks: 0 });
    await rig.inStep(id, 'wait');
    await rig.when(id, 'CloudFormation', ({ progress }) => progress.waiting_for?.reason === 'cloudformation');
    expect(await rig.cancel(id)).toBe('requested');
    const { progress } = await rig.ended(id);

    expect(progress).toMatchObject({
      ...isCancelled,
      result: {
        cancelled: {
          steps_done: ['validate', 'create'],
          current_state: { stack: { name: 'cfn-v1', status: 'CREATE_IN_PROGRESS' } },
        },
      },
    });
    expect(progress.steps.slice(-2).map(({ status }) => status)).toEqual(['cancelled', 'skipped']);
    expect(await rig.cancel(id)).toBe('finished');
    await rig.aws.control.finish('cfn-v1');
    expect((await rig.job(id)).progress.status).toBe('cancelled');
    expect(await rig.calls('DeleteStack')).toBe(0);
  });

  it('stops in the middle of a traffic switch, and reports the weights', async () => {
    const id = await rig.deploy(weighted('midway'), '1', { new_traffic: 100 });
    await rig.when(id, 'CloudFormation', ({ progress }) => progress.waiting_for?.reason === 'cloudformation');
    await rig.aws.control.finish('midway-1');
    await rig.when(id, 'the update', (job) => rig.step(job, 'traffic')?.journal.at(-1)?.succeeded === true);
    await rig.cancel(id);
    expect((await rig.ended(id)).progress).toMatchObject({
      ...isCancelled,
      result: {
        cancelled: {
          steps_done: ['validate', 'create', 'wait'],
          current_state: {
            stack: { name: 'midway-1', status: 'UPDATE_IN_PROGRESS' },
            weights: { 'midway-1': 0 },
            weights_before: { 'midway-1': 0 },
          },
        },
      },
    });
  });

  it('stops while it waits for a lock, without changing the stack', async () => {
    const first = await rig.deploy(bare('lock'), 'v1');
    const second = await rig.submit('delete_stack', {}, { stack: 'lock', version: 'v1' });
    await rig.when(second, 'a lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    await rig.cancel(second);
    expect((await rig.ended(second)).progress).toMatchObject(isCancelled);
    expect((await rig.job(first)).progress.status).toBe('running');
    await rig.cancel(first);
    await rig.ended(first);
    expect(await rig.calls('DeleteStack', 'lock-v1')).toBe(0);
  });

  it('stops immediately while it is queued, and never starts', async () => {
    await Promise.all(rig.workers.splice(0).map((worker) => worker.stop()));
    const id = await rig.deploy(bare('queued'), 'v1');
    expect(await rig.cancel(id)).toBe('cancelled');
    expect((await rig.job(id)).progress).toMatchObject({ ...isCancelled, steps: [] });
    await Promise.all([rig.addWorker(), rig.addWorker()]);
    const later = await rig.ended(await rig.deploy(bare('queued'), 'v2', { dry_run: true }));
    expect(later.progress.status).toBe('succeeded');
    expect(await rig.calls('CreateStack', 'queued-v1')).toBe(0);
  });

  it('has its command terminated while the call is in flight', async () => {
    await rig.aws.control.addFault({
      kind: 'delay',
      action: 'CreateStack',
      stack: `slow-${VERSION}`,
      seconds: SLOW_CALL_SECONDS,
    });
    const id = await rig.deploy(bare('slow'), VERSION);
    await until('Senza to run', async () => (await rig.log(id)).some((line) => line.startsWith('Generating')));
    expect(runningSenza()).toBeGreaterThan(0);
    await rig.cancel(id);
    await until('Senza to be gone', () => runningSenza() === 0, GROUP_GONE_MS);
    expect((await rig.ended(id)).progress).toMatchObject({
      ...isCancelled,
      result: { cancelled: { steps_done: ['validate'] } },
    });
  });

  it('stops while AWS is throttling', async () => {
    await rig.aws.control.addFault({ kind: 'throttle', action: 'DescribeStacks', stack: 'thr-v1', times: null });
    const id = await rig.deploy(bare('thr'), 'v1');
    await rig.when(id, 'throttling', ({ progress }) => progress.waiting_for?.reason === 'throttled');
    await rig.cancel(id);
    expect((await rig.ended(id)).progress).toMatchObject(isCancelled);
  });

  it('reports the stack also when AWS does not let the weights be read', async () => {
    const first = await rig.deploy(weighted('blind'), '1');
    await rig.aws.control.finish('blind-1');
    await rig.ended(first);
    await rig.aws.control.addFault({ kind: 'throttle', action: 'ListResourceRecordSets', times: null });
    const id = await rig.submit('patch_stack', { new_traffic: 100 }, { stack: 'blind', version: '1' });
    await rig.when(id, 'throttling', ({ progress }) => progress.waiting_for?.reason === 'throttled');
    await rig.cancel(id);
    expect((await rig.ended(id)).progress.result).toMatchObject({
      cancelled: {
        current_state: {
          stack: { name: 'blind-1', status: 'CREATE_COMPLETE' },
          // How many attempts fit into the time limit depends on the machine.
          unknown: expect.stringMatching(/^AWS cannot be read: .*(Rate exceeded|throttled the requests)/),
        },
      },
    });
  });

  it('deletes the stack that it has created if requested', async () => {
    const id = await rig.deploy(bare('own'), 'v1');
    await rig.when(id, 'CloudFormation', ({ progress }) => progress.waiting_for?.reason === 'cloudformation');
    await rig.cancel(id, true);
    expect((await rig.ended(id)).progress).toMatchObject(isCancelled);
    await rig.aws.control.finish('own-v1');
    expect(await rig.awsReader.stackByName(REGION, 'own-v1')).toBeNull();
  });

  it('tries the deletion again while AWS throttles it, and says why when AWS refuses it', async () => {
    const waiting = async (name: string): Promise<string> => {
      const id = await rig.deploy(bare(name), 'v1');
      await rig.when(id, 'CloudFormation', ({ progress }) => progress.waiting_for?.reason === 'cloudformation');
      return id;
    };
    const [throttled, refused] = await Promise.all([waiting('later'), waiting('kept')]);
    await rig.aws.control.addFault(
      // As often as one command of Senza sends the call.
      { kind: 'throttle', action: 'DeleteStack', stack: 'later-v1', times: 3 },
      { kind: 'refuse', action: 'DeleteStack', stack: 'kept-v1', times: null },
    );
    await Promise.all([rig.cancel(throttled, true), rig.cancel(refused, true)]);
    expect((await rig.ended(throttled)).progress.result).toMatchObject({
      cancelled: { current_state: { stack: { status: 'DELETE_IN_PROGRESS' } } },
    });
    expect((await rig.ended(refused)).progress).toMatchObject({
      ...isCancelled,
      result: {
        cancelled: {
          current_state: { stack: { status: 'CREATE_IN_PROGRESS' } },
          not_deleted: expect.stringContaining('cloudformation:DeleteStack'),
        },
      },
    });
  });

  it('retains the stack of the earlier job while another retry continues with it', async () => {
    const failed = await rig.ended(await rig.deploy(bare('both'), 'v1', { timeout_seconds: 1 }));
    const [first, second] = [
      await rig.deploy(bare('both'), 'v1', {}, { retryOf: failed }),
      await rig.deploy(bare('both'), 'v1', {}, { retryOf: failed }),
    ];
    await rig.inStep(first, 'wait');
    await rig.when(second, 'a lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    await rig.cancel(second, true);
    expect((await rig.ended(second)).progress).toMatchObject(isCancelled);
    await rig.aws.control.finish('both-v1');
    expect((await rig.ended(first)).progress.status).toBe('succeeded');
    expect(await rig.calls('DeleteStack', 'both-v1')).toBe(0);
  });

  it('does not remove a stack that Lizzy did not create', async () => {
    await external.createStack('theirs', 'v1', QUEUE_TEMPLATE);
    await rig.aws.control.addFault({ kind: 'throttle', action: 'DescribeStacks', stack: 'theirs-v1', times: null });
    const id = await rig.deploy(bare('theirs'), 'v1');
    await rig.when(id, 'throttling', ({ progress }) => progress.waiting_for?.reason === 'throttled');
    await rig.aws.control.clearFaults();
    await rig.cancel(id, true);
    expect((await rig.ended(id)).progress).toMatchObject({
      ...isCancelled,
      result: { cancelled: { not_deleted: 'this job did not create it' } },
    });
    expect(await rig.awsReader.stackByName(REGION, 'theirs-v1')).toMatchObject({ status: 'CREATE_COMPLETE' });
    expect(await rig.calls('DeleteStack', 'theirs-v1')).toBe(0);
  });
});
