import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JobRecord } from '#jobs';
import { z } from 'zod';
import { bare, weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { QUEUE_TEMPLATE, ExternalActor, recordsTemplate, weightedTemplate } from '../support/external-actor.js';

const cleanUpResult = z.object({
  deleted: z.array(z.string()),
  retained: z.array(z.object({ stack: z.string(), why: z.string() })),
});

// The tests are about different applications and run at the same time: they mostly wait.
describe('a clean-up', () => {
  let rig: TestEnvironment;
  /** Where workers are killed. */
  let deadly: TestEnvironment;
  let external: ExternalActor;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: 0.5, concurrentTests: true });
    external = new ExternalActor(rig.aws);
    deadly = await TestEnvironment.start({ workers: 1, stackSeconds: 0.5 });
  });
  afterAll(async () => {
    await Promise.all([rig.stop(), deadly.stop()]);
  });

  /** Versions from the oldest to the youngest, a day apart, the last of them a day old. */
  const createVersions = async (
    name: string,
    versions: readonly string[],
    { aws }: Pick<TestEnvironment, 'aws'> = rig,
  ): Promise<void> => {
    const actor = new ExternalActor(aws);
    for (const [index, version] of versions.entries()) {
      await actor.createStack(name, version, QUEUE_TEMPLATE);
      await age(`${name}-${version}`, versions.length - index, { aws });
    }
  };
  const age = async (stack: string, days: number, { aws }: Pick<TestEnvironment, 'aws'> = rig): Promise<void> => {
    const time = new Date(Date.now() - days * 24 * 3600 * 1000).toISOString();
    await aws.control.changeStack({ region: REGION, stack, creation_time: time });
  };
  const isGoing = async (stack: string): Promise<boolean> => {
    const found = await rig.awsReader.stackByName(REGION, stack);
    return found === null || found.status === 'DELETE_IN_PROGRESS';
  };
  const setStatus = async (stack: string, status: string): Promise<void> => {
    await rig.aws.control.changeStack({ region: REGION, stack, status });
  };

  it.concurrent(
    'keeps the newest by creation time, and deletes failed ones, regardless of their version names',
    async () => {
      await createVersions('order', ['0101', '097', '1000', '99']);
      await external.createStack('order', 'sad', QUEUE_TEMPLATE);
      await age('order-sad', 1);
      await setStatus('order-sad', 'ROLLBACK_COMPLETE');
      const { progress } = await rig.ended(await rig.deploy(bare('order'), '0098', { keep_stacks: 2 }));

      expect(progress.status).toBe('succeeded');
      const { deleted } = cleanUpResult.parse(progress.result?.['clean_up']);
      expect(deleted.toSorted()).toEqual(['order-0101', 'order-097', 'order-sad']);
      const message = progress.steps.at(-1)?.message;
      expect(message).toContain('order-99 (kept as one of the newest), order-1000 (kept as one of the newest)');
      for (const stack of deleted) expect(await isGoing(stack)).toBe(true);
      for (const stack of ['order-99', 'order-1000', 'order-0098']) expect(await isGoing(stack)).toBe(false);
      const deletions = await Promise.all(
        [...deleted, 'order-99', 'order-1000'].map((stack) => rig.calls('DeleteStack', stack)),
      );
      expect(deletions).toEqual([1, 1, 1, 0, 0]);
    },
  );

  it.concurrent(
    'retains and names stacks that have traffic, are busy, or belong to another unfinished job',
    async () => {
      for (const [version, share] of Object.entries({ 1: 40, 2: 60, 3: 0, 4: 0, 5: 0 })) {
        await external.createStack('busy', version, weightedTemplate('busy', version, share));
      }
      await setStatus('busy-3', 'UPDATE_IN_PROGRESS');
      await setStatus('busy-5', 'DELETE_FAILED');
      await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'busy-6', seconds: 600 });
      const other = await rig.deploy(weighted('busy'), '6');
      await rig.inStep(other, 'wait');
      const { progress } = await rig.ended(await rig.deploy(weighted('busy'), '7', { keep_stacks: 0 }));

      expect(progress).toMatchObject({ status: 'succeeded', result: { clean_up: { deleted: ['busy-4'] } } });
      const { retained } = cleanUpResult.parse(progress.result?.['clean_up']);
      expect(Object.fromEntries(retained.map(({ stack, why }) => [stack, why]))).toEqual({
        'busy-1': 'receives traffic',
        'busy-2': 'receives traffic',
        'busy-3': 'is in UPDATE_IN_PROGRESS',
        'busy-5': 'is in DELETE_FAILED',
        'busy-6': 'is in CREATE_IN_PROGRESS',
      });
      await rig.cancel(other);
      await rig.ended(other);
    },
  );

  it.concurrent.each([
    ['with a set identifier of its own', 'hand', (version: string) => ({ identifier: version })],
    ['in a group', 'group', () => ({ isGrouped: true })],
  ])('retains a stack with traffic by a record %s', async (_what, name, more) => {
    for (const [version, weight] of [
      ['green', 100],
      ['grey', 0],
    ] as const) {
      const share = { domain: name, weight, identifier: `${name}-${version}`, ...more(version) };
      await external.createStack(name, version, recordsTemplate(name, '1', [share]));
      await age(`${name}-${version}`, 1);
    }
    const { progress } = await rig.ended(await rig.deploy(weighted(name), '2', { keep_stacks: 0 }));
    expect(progress.result?.['clean_up']).toEqual({
      deleted: [`${name}-grey`],
      retained: [{ stack: `${name}-green`, why: 'receives traffic' }],
    });
  });

  it.concurrent('skips the version of a job that waits for the clean-up: no deadlock', async () => {
    for (const [version, share] of Object.entries({ 1: 0, 2: 40, 3: 60 })) {
      await external.createStack('taken', version, weightedTemplate('taken', version, share));
    }
    await rig.aws.control.addFault(
      { kind: 'slow_stack', action: 'CreateStack', stack: 'taken-4', seconds: 600 },
      { kind: 'slow_stack', action: 'UpdateStack', stack: 'taken-2', seconds: 600 },
    );
    const deployment = await rig.deploy(weighted('taken'), '4', { keep_stacks: 0 });
    await rig.inStep(deployment, 'wait');
    // One job switches traffic and holds the name's lock; the other holds version 1 and waits for the name, behind the clean-up.
    const switching = await rig.submit('patch_stack', { new_traffic: 50 }, { stack: 'taken', version: '2' });
    await rig.when(switching, 'the switch', (job) => rig.step(job, 'traffic')?.journal.at(-1)?.succeeded === true);
    const waiting = await rig.submit('patch_stack', { new_traffic: 0 }, { stack: 'taken', version: '1' });
    const waitsForLock = ({ progress }: JobRecord): boolean => progress.waiting_for?.reason === 'lock';
    await rig.when(waiting, 'the lock', waitsForLock);
    await rig.aws.control.finish('taken-4');
    await rig.when(deployment, 'the lock', waitsForLock);
    await rig.aws.control.finish('taken-2');
    const { progress } = await rig.ended(deployment);

    expect(progress).toMatchObject({ status: 'succeeded', result: { clean_up: { deleted: [] } } });
    const { retained } = cleanUpResult.parse(progress.result?.['clean_up']);
    expect(retained).toContainEqual({ stack: 'taken-1', why: `job ${waiting} is about it` });
    expect((await rig.ended(waiting)).progress.status).toBe('succeeded');
    expect((await rig.ended(switching)).progress.status).toBe('succeeded');
  });

  it.concurrent(
    'continues as long as it makes progress, although a worker crashes at each deletion, and reports what it has deleted',
    async () => {
      await createVersions('killed', ['1', '2', '3', '4', '5'], deadly);
      const slow = ['killed-3', 'killed-2', 'killed-1'];
      await deadly.aws.control.addFault(
        ...slow.map((stack) => ({ kind: 'delay' as const, action: 'DeleteStack', stack, seconds: 600, times: 1 })),
      );
      const id = await deadly.deploy(bare('killed'), '6', { keep_stacks: 1 });
      for (const [index, stack] of slow.entries()) {
        await deadly.aws.control.faultMet('DeleteStack', stack);
        await deadly.workers[index]?.kill();
        await deadly.aws.control.clearFaults(stack);
        await deadly.addWorker();
      }
      const { progress } = await deadly.ended(id);

      expect(progress).toMatchObject({
        status: 'succeeded',
        result: { clean_up: { deleted: ['killed-4', ...slow], retained: [{ stack: 'killed-5' }] } },
      });
      expect(await deadly.calls('DeleteStack', 'killed-4')).toBe(1);
      expect(await deadly.leakedKeys()).toEqual([]);
    },
  );
});
