import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';

// The tests are about different applications and run at the same time: they mostly wait.
describe('two traffic changes of one application', () => {
  let rig: TestEnvironment;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 0.5, concurrentTests: true });
  });
  afterAll(async () => {
    await rig.stop();
  });

  /** Deploys version 1, which stays in creation, and version 2, which finishes; both request all traffic. */
  async function race(
    name: string,
    { first = {}, second = {} }: { first?: object; second?: object } = {},
  ): Promise<{ older: string; newer: JobRecord }> {
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: `${name}-1`, seconds: 600 });
    const older = await rig.deploy(weighted(name), '1', { new_traffic: 100, keep_stacks: 0, ...first });
    await rig.inStep(older, 'wait');
    const newer = await rig.ended(await rig.deploy(weighted(name), '2', { new_traffic: 100, ...second }));
    return { older, newer };
  }

  async function traffic(name: string): Promise<Record<string, number>> {
    const [domain] = await rig.awsReader.weights(REGION, [`${name}-1`, `${name}-2`]);
    return Object.fromEntries(domain?.weights ?? []);
  }

  it.concurrent(
    'the older deployment does not take the traffic from the newer one, and finishes as superseded',
    async () => {
      const { older, newer } = await race('race');
      expect(newer.progress.status).toBe('succeeded');
      await rig.aws.control.finish('race-1');
      const job = await rig.ended(older);
      expect(job.progress).toMatchObject({
        status: 'superseded',
        error: null,
        result: { superseded_by: newer.submission.id, wait: { status: 'CREATE_COMPLETE' } },
      });
      expect(rig.step(job, 'traffic')).toMatchObject({
        status: 'skipped',
        message: expect.stringContaining(newer.submission.id),
      });
      expect(rig.step(job, 'clean_up')?.status).toBe('skipped');
      expect(await traffic('race')).toEqual({ 'race-1': 0, 'race-2': 100 });
    },
  );

  it.concurrent('the older one fails if its request says so', async () => {
    const { older, newer } = await race('fails', { first: { if_superseded: 'fail' } });
    await rig.aws.control.finish('fails-1');
    expect((await rig.ended(older)).progress).toMatchObject({
      status: 'failed',
      error: { code: 'superseded', data: { superseded_by: newer.submission.id } },
    });
    expect(await traffic('fails')).toEqual({ 'fails-1': 0, 'fails-2': 100 });
  });

  it.concurrent('the older one switches if its request says so', async () => {
    const { older } = await race('switch', { first: { if_superseded: 'switch' } });
    await rig.aws.control.finish('switch-1');
    expect((await rig.ended(older)).progress.status).toBe('succeeded');
    expect(await traffic('switch')).toMatchObject({ 'switch-1': 100 });
  });

  it.concurrent('a newer change that failed without any effect does not supersede the older one', async () => {
    await rig.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: 'kept-2', times: null });
    const { older, newer } = await race('kept');
    expect(newer.progress.status).toBe('failed');
    await rig.aws.control.finish('kept-1');
    expect((await rig.ended(older)).progress.status).toBe('succeeded');
    expect(await traffic('kept')).toEqual({ 'kept-1': 100, 'kept-2': 0 });
  });

  it.concurrent(
    'a newer change that was cancelled after its first update had started supersedes the older one',
    async () => {
      const update = { action: 'UpdateStack', stack: 'started-2' };
      await rig.aws.control.addFault({ kind: 'slow_stack', ...update, seconds: 600 });
      await rig.aws.control.addFault({ kind: 'cut_after_effect', ...update });
      await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'started-1', seconds: 600 });
      const older = await rig.deploy(weighted('started'), '1', { new_traffic: 100 });
      await rig.inStep(older, 'wait');
      const newer = await rig.deploy(weighted('started'), '2', { new_traffic: 100 });
      await rig.when(newer, 'the failed command', (job) => rig.step(job, 'traffic')?.journal[0]?.succeeded === false);
      await rig.cancel(newer);
      expect((await rig.ended(newer)).progress.status).toBe('cancelled');
      await rig.aws.control.finish('started-2');
      await rig.aws.control.finish('started-1');
      expect((await rig.ended(older)).progress).toMatchObject({
        status: 'superseded',
        result: { superseded_by: newer },
      });
      expect(await traffic('started')).toEqual({ 'started-1': 0, 'started-2': 100 });
    },
  );

  it.concurrent('a newer change that found its share already set supersedes the older one', async () => {
    const { older } = await race('same');
    const patch = await rig.submit('patch_stack', { new_traffic: 100 }, { stack: 'same', version: '2' });
    expect((await rig.ended(patch)).progress.result).toMatchObject({ traffic: { changed: false } });
    await rig.aws.control.finish('same-1');
    expect((await rig.ended(older)).progress).toMatchObject({ status: 'superseded', result: { superseded_by: patch } });
  });

  it.concurrent(
    'a PATCH that waited for its version is superseded as well, unless its request says otherwise',
    async () => {
      await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'patched-1', seconds: 600 });
      const older = await rig.deploy(weighted('patched'), '1', { new_traffic: 0 });
      await rig.inStep(older, 'wait');
      const version1 = { stack: 'patched', version: '1' };
      const patch = await rig.submit('patch_stack', { new_traffic: 100 }, version1);
      const insisting = await rig.submit('patch_stack', { new_traffic: 40, if_superseded: 'switch' }, version1);
      const newer = await rig.deploy(weighted('patched'), '2', { new_traffic: 100 });
      await rig.ended(newer);
      await rig.aws.control.finish('patched-1');
      expect((await rig.ended(patch)).progress).toMatchObject({
        status: 'superseded',
        result: { superseded_by: newer },
      });
      expect((await rig.ended(insisting)).progress.status).toBe('succeeded');
      expect(await traffic('patched')).toEqual({ 'patched-1': 40, 'patched-2': 60 });
    },
  );

  it.concurrent('a retry counts as submitted when it is submitted', async () => {
    const { older } = await race('again', { first: { if_superseded: 'fail' } });
    await rig.aws.control.finish('again-1');
    const failed = await rig.ended(older);
    const retry = await rig.deploy(weighted('again'), '1', { new_traffic: 100 }, { retryOf: failed });
    expect((await rig.ended(retry)).progress.status).toBe('succeeded');
    expect(await traffic('again')).toMatchObject({ 'again-1': 100 });
  });

  // After the others, whose worker it kills.
  it('a worker that takes over makes the same decision', async () => {
    const { older, newer } = await race('death');
    await rig.workers.at(-1)?.kill();
    await rig.addWorker();
    await rig.aws.control.finish('death-1');
    expect((await rig.ended(older)).progress).toMatchObject({
      status: 'superseded',
      result: { superseded_by: newer.submission.id },
    });
    expect(await rig.leakedKeys()).toEqual([]);
  });
});
