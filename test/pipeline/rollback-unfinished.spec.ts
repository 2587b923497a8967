import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { RollbackTest } from './rollback-test.js';

// The tests are about different applications and run at the same time: they mostly wait.
describe('rolling back an application whose changes have not finished, or have failed', () => {
  let test: RollbackTest;
  beforeAll(async () => {
    test = await RollbackTest.start();
  });
  afterAll(async () => {
    await test.lizzy.stop();
  });

  it.concurrent('supersedes an older deployment that has not switched yet', async () => {
    await test.versions('late', { 1: 100, 2: 0 });
    await test.switchTo('late', '2', 100);
    await test.lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'late-3', seconds: 600 });
    const older = await test.lizzy.deployByApi(weighted('late'), '3', { new_traffic: 100 });
    await test.lizzy.inStep(older, 'wait');
    const { id, status } = await test.rollBack('late');
    expect(status).toBe('succeeded');
    await test.lizzy.aws.control.finish('late-3');
    expect((await test.lizzy.ended(older)).progress).toMatchObject({
      status: 'superseded',
      result: { superseded_by: id },
    });
    expect(await test.weights('late-1')).toEqual({ late: { 'late-1': 100, 'late-2': 0, 'late-3': 0 } });
  });

  it.concurrent(
    'runs before all switches that wait, of deployments and of PATCHes, which are superseded, also with "switch"',
    async () => {
      await test.versions('queue', { 1: 100, 2: 0, 3: 0, 4: 0 });
      await test.lizzy.aws.control.addFault({
        kind: 'slow_stack',
        action: 'UpdateStack',
        stack: 'queue-2',
        seconds: 600,
      });
      const running = await test.submitSwitch('queue', '2', 100);
      await test.lizzy.acting(running, 'traffic');
      const waiting = [
        await test.submitSwitch('queue', '3', 100),
        await test.lizzy.deployByApi(weighted('queue'), '5', { new_traffic: 100 }),
        await test.submitSwitch('queue', '4', 50, { if_superseded: 'switch' }),
      ];
      for (const each of waiting) {
        await test.lizzy.when(each, 'the lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
      }
      const ofLizzy2 = test.lizzy.call('PATCH', '/api/stacks/queue-4', { body: { new_traffic: 40 } });
      await until('the second PATCH of version 4', async () => (await test.patchesOf('queue', '4')) === 2);
      const id = await test.submit('queue');
      await test.lizzy.aws.control.finish('queue-2');
      expect((await test.lizzy.ended(id)).progress).toMatchObject({
        status: 'succeeded',
        result: { check: { undoes: running } },
      });
      for (const each of waiting) {
        expect((await test.lizzy.ended(each)).progress).toMatchObject({
          status: 'superseded',
          result: { superseded_by: id },
        });
      }
      const { status, headers } = await ofLizzy2;
      expect([status, headers.get('x-lizzy-output')]).toEqual([202, expect.stringContaining(id)]);
      expect(await test.weights('queue-1')).toMatchObject({ queue: { 'queue-1': 100, 'queue-2': 0, 'queue-3': 0 } });
      for (const stack of ['queue-3', 'queue-4', 'queue-5'])
        expect(await test.lizzy.calls('UpdateStack', stack)).toBe(0);
    },
  );

  it.concurrent('restores the weights from before a switch that was cancelled in the middle', async () => {
    await test.versions('half', { 1: 100, 2: 0 });
    await test.lizzy.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'half-2', seconds: 600 });
    const cut = await test.submitSwitch('half', '2', 100);
    await test.lizzy.when(
      cut,
      'the switch',
      (each) => typeof test.lizzy.step(each, 'traffic')?.journal[0]?.ended_at === 'string',
    );
    await test.lizzy.cancel(cut);
    expect((await test.lizzy.ended(cut)).progress.status).toBe('cancelled');
    const id = await test.submit('half');
    await test.lizzy.aws.control.finish('half-2');
    expect((await test.lizzy.ended(id)).progress).toMatchObject({
      status: 'succeeded',
      result: { check: { undoes: cut } },
    });
    expect(await test.weights('half-1')).toEqual({ half: { 'half-1': 100, 'half-2': 0 } });
  });

  it.concurrent('restores the weights from before a switch that failed after two of its three updates', async () => {
    await test.versions('failed', { 1: 60, 2: 40, 3: 0 });
    await test.lizzy.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: 'failed-3', times: null });
    const failed = await test.submitSwitch('failed', '3', 100);
    expect((await test.lizzy.ended(failed)).progress.status).toBe('failed');
    expect(await test.weights('failed-1')).toEqual({ failed: { 'failed-1': 100, 'failed-2': 0, 'failed-3': 0 } });
    expect(await test.rollBack('failed')).toMatchObject({ status: 'succeeded', result: { check: { undoes: failed } } });
    expect(await test.weights('failed-1')).toEqual({ failed: { 'failed-1': 60, 'failed-2': 40, 'failed-3': 0 } });
  });

  it.concurrent.each([
    ['refuses the second update', 'refuse', 'senza_failed'],
    ['rolls the second update back', 'fail_stack', 'stack_failed'],
  ] as const)(
    'sets the weights from before it again when AWS %s, and fails with the reason',
    async (_what, kind, code) => {
      const name = kind === 'refuse' ? 'undone' : 'rolled';
      await test.versions(name, { 1: 100, 2: 0 });
      await test.switchTo(name, '2', 100);
      const stack = `${name}-2`;
      await test.lizzy.aws.control.addFault({
        kind,
        action: 'UpdateStack',
        stack,
        times: null,
        reason: 'Invalid request',
      });
      const progress = await test.rollBack(name);
      expect(progress).toMatchObject({ status: 'failed', error: { code } });
      expect(await test.weights(stack)).toEqual({ [name]: { [`${name}-1`]: 0, [stack]: 100 } });
    },
  );
});
