import { type JobRecord } from '#jobs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bare, weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { ExternalActor, weightedTemplate } from '../support/external-actor.js';

const STACK_SECONDS = 1;

// The tests are about different applications and run at the same time: they mostly wait.
describe('a traffic switch', () => {
  let rig: TestEnvironment;
  let external: ExternalActor;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: STACK_SECONDS, concurrentTests: true });
    external = new ExternalActor(rig.aws);
  });
  afterAll(async () => {
    await rig.stop();
  });

  const weights = async (stack: string, versions: readonly string[]): Promise<Record<string, number>> => {
    const names = versions.map((version) => `${stack}-${version}`);
    const [domain] = await rig.awsReader.weights(REGION, names);
    return Object.fromEntries(domain?.weights ?? []);
  };
  const patch = async (stack: string, version: string, payload: Record<string, unknown>): Promise<string> =>
    await rig.submit('patch_stack', payload, { stack, version });

  it.concurrent('gives the first version all traffic when 50 % are requested, and reports it', async () => {
    const { progress } = await rig.ended(await rig.deploy(weighted('First'), '1', { new_traffic: 50 }));

    expect(progress).toMatchObject({
      status: 'succeeded',
      result: { traffic: { weights_before: { 'First-1': 0 }, weights_after: { 'First-1': 100 }, wanted: 50 } },
    });
    expect(progress.steps.at(-1)?.message).toContain('First-1 gets 100 % of the traffic instead of 50 %');
    expect(await weights('First', ['1'])).toEqual({ 'First-1': 100 });
  });

  it.concurrent('shares the traffic as requested by the last of several switches in a row', async () => {
    for (const [version, share] of Object.entries({ 1: 100, 2: 0, 3: 0 })) {
      await external.createStack('row', version, weightedTemplate('row', version, share));
    }
    const ids: string[] = [];
    for (const [version, share] of [['2', 100] as const, ['3', 30] as const, ['1', 0] as const]) {
      ids.push(await patch('row', version, { new_traffic: share }));
    }
    const [first, second, third] = await Promise.all(ids.map((id) => rig.ended(id)));

    expect(first?.progress.result?.['traffic']).toMatchObject({
      weights_before: { 'row-1': 100, 'row-2': 0, 'row-3': 0 },
      weights_after: { 'row-1': 0, 'row-2': 100, 'row-3': 0 },
    });
    expect(second?.progress.result?.['traffic']).toMatchObject({
      weights_before: { 'row-2': 100 },
      weights_after: { 'row-1': 0, 'row-2': 70, 'row-3': 30 },
    });
    expect(third?.progress.result?.['traffic']).toMatchObject({ changed: false });
    expect(await weights('row', ['1', '2', '3'])).toEqual({ 'row-1': 0, 'row-2': 70, 'row-3': 30 });
  });

  it.concurrent('makes no call for 0 % of a version without traffic', async () => {
    await external.createStack('none', '1', weightedTemplate('none', '1', 100));
    await external.createStack('none', '2', weightedTemplate('none', '2', 0));
    const { progress } = await rig.ended(await patch('none', '2', { new_traffic: 0 }));

    expect(progress).toMatchObject({ status: 'succeeded', result: { traffic: { changed: false } } });
    expect(await rig.calls('UpdateStack', 'none-1')).toBe(0);
    expect(await rig.calls('UpdateStack', 'none-2')).toBe(0);
  });

  it.concurrent('does not remove the last traffic of a domain unless allowed', async () => {
    await external.createStack('loss', '1', weightedTemplate('loss', '1', 100));
    const refused = await rig.ended(await patch('loss', '1', { new_traffic: 0 }));
    expect(refused.progress).toMatchObject({ status: 'failed', error: { code: 'traffic_refused' } });
    expect(await weights('loss', ['1'])).toEqual({ 'loss-1': 100 });

    const allowed = await rig.ended(await patch('loss', '1', { new_traffic: 0, allow_traffic_loss: true }));
    expect(allowed.progress).toMatchObject({
      status: 'succeeded',
      result: { traffic: { weights_before: { 'loss-1': 100 }, weights_after: { 'loss-1': 0 } } },
    });
    expect(await weights('loss', ['1'])).toEqual({ 'loss-1': 0 });
  });

  it.concurrent.each([
    ['its own', '2'],
    ['another version’s', '1'],
  ])('keeps %s NoEcho parameter, forth, back and forth', async (_whose, secretive) => {
    const [name, secret] = [`secret${secretive}`, 'correct horse battery'];
    for (const version of ['1', '2']) {
      const template = weightedTemplate(name, version, version === '1' ? 100 : 0);
      const Parameters = { Key: { Type: 'String', NoEcho: true, Default: 'x' } };
      if (version !== secretive) await external.createStack(name, version, template);
      else await external.createStack(name, version, { ...template, Parameters }, { parameters: { Key: secret } });
    }
    const switches = ['2', '1', '2'];
    for (const [index, version] of switches.entries()) {
      const { progress } = await rig.ended(await patch(name, version, { new_traffic: 100 }));
      expect(progress).toMatchObject({ status: 'succeeded', error: null });
      const updates = await rig.aws.control.calls({ action: 'UpdateStack', stack: `${name}-${secretive}` });
      // Null is UsePreviousValue.
      expect(updates.map(({ stack_parameters }) => stack_parameters)).toEqual(Array(index + 1).fill({ Key: null }));
      const stack = await rig.aws.control.readStack('eu-west-1', `${name}-${secretive}`);
      expect(stack).toMatchObject({ parameters: { Key: secret } });
    }

    expect(await weights(name, ['1', '2'])).toEqual({ [`${name}-1`]: 0, [`${name}-2`]: 100 });
  });

  it.concurrent('of a definition without a weighted domain fails before the stack is created', async () => {
    for (const more of [{}, { dry_run: true }]) {
      const { progress } = await rig.ended(await rig.deploy(bare('plain'), '1', { new_traffic: 100, ...more }));
      expect(progress).toMatchObject({ status: 'failed', error: { code: 'no_domain' } });
      expect(progress.error?.detail).toContain('The definition of plain-1 has no weighted domain');
    }
    expect(await rig.calls('CreateStack', 'plain-1')).toBe(0);
  });

  it.concurrent('of a record with a set identifier of its own fails before the stack is created', async () => {
    const definition = weighted('own').replace('{{SenzaInfo.StackName}}-{{SenzaInfo.StackVersion}}', 'blue');
    const { progress } = await rig.ended(await rig.deploy(definition, '1', { new_traffic: 100 }));
    expect(progress).toMatchObject({ status: 'failed', error: { code: 'no_domain' } });
    expect(progress.error?.detail).toContain('the record AppMainDomain has the SetIdentifier "blue"');
    expect(await rig.calls('CreateStack', 'own-1')).toBe(0);
    // Without traffic Lizzy has nothing to switch.
    expect((await rig.ended(await rig.deploy(definition, '1'))).progress.status).toBe('succeeded');
  });

  it.concurrent('completes during the long creation of another version of the application', async () => {
    await external.createStack('long', '1', weightedTemplate('long', '1', 100));
    await external.createStack('long', '2', weightedTemplate('long', '2', 0));
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'long-3', seconds: 600 });
    const creation = await rig.deploy(weighted('long'), '3', { new_traffic: 100 });
    await rig.inStep(creation, 'wait');
    const behind = await patch('long', '3', { new_traffic: 10 });

    const { progress } = await rig.ended(await patch('long', '1', { new_traffic: 100 }));
    expect(progress.status).toBe('succeeded');
    const switched = await rig.ended(await patch('long', '2', { new_traffic: 40 }));
    expect(switched.progress.status).toBe('succeeded');
    expect(await weights('long', ['1', '2', '3'])).toMatchObject({ 'long-1': 60, 'long-2': 40 });
    expect(rig.step(await rig.job(creation), 'wait')?.status).toBe('running');
    const waiting = await rig.when(behind, 'the lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    expect(waiting.progress.waiting_for).toMatchObject({ job_id: creation });
    await rig.cancel(behind);
    await rig.cancel(creation);
    await rig.ended(creation);
  });

  it.concurrent.each([1, 2])(
    'ends with the announced weights when it is interrupted after %i of 3 updates',
    async (done) => {
      const name = `cut${done}`;
      for (const [version, share] of Object.entries({ 1: 50, 2: 50, 3: 0 })) {
        await external.createStack(name, version, weightedTemplate(name, version, share));
      }
      // Senza updates the stacks one after the other, and stops at the first error that boto does not retry.
      await rig.aws.control.addFault(
        ...Array.from({ length: 3 - done }, (_, left) => ({
          kind: 'error' as const,
          action: 'UpdateStack',
          stack: `${name}-${done + left + 1}`,
          times: 1,
          code: 'OperationInProgressException',
          message: 'busy',
        })),
      );
      const { progress } = await rig.ended(await patch(name, '3', { new_traffic: 90 }));

      expect(progress.status).toBe('succeeded');
      expect(await weights(name, ['1', '2', '3'])).toEqual({ [`${name}-1`]: 5, [`${name}-2`]: 5, [`${name}-3`]: 90 });
    },
  );

  describe('beside a deletion', () => {
    it.concurrent.each([
      ['all', { 1: 100, 2: 0 }, 100, { 2: 100 }],
      ['part', { 1: 60, 2: 0, 3: 40 }, 30, { 2: 30, 3: 70 }],
    ])('of a version with %s of the traffic waits until it is deleted', async (name, before, share, after) => {
      for (const [version, each] of Object.entries(before)) {
        await external.createStack(name, version, weightedTemplate(name, version, each));
      }
      await rig.aws.control.addFault({ kind: 'slow_stack', action: 'DeleteStack', stack: `${name}-1`, seconds: 600 });
      const deletion = await rig.submit('delete_stack', { force: true }, { stack: name, version: '1' });
      await rig.when(deletion, 'the deletion', (job) => rig.step(job, 'delete')?.journal.at(-1)?.succeeded === true);
      const id = await rig.submit('patch_stack', { new_traffic: share }, { stack: name, version: '2' });
      const waits = { reason: 'cloudformation', stack: `${name}-1`, state: 'DELETE_IN_PROGRESS' };
      const isSo = ({ progress }: JobRecord): boolean => progress.waiting_for?.reason === 'cloudformation';
      expect((await rig.when(id, 'the switch to wait', isSo)).progress.waiting_for).toMatchObject(waits);

      await rig.aws.control.finish(`${name}-1`);
      const { progress } = await rig.ended(id);
      expect(progress.status).toBe('succeeded');
      const [domain] = await rig.awsReader.weights(REGION, [`${name}-2`]);
      const wanted = Object.entries(after).map(([version, each]) => [`${name}-${version}`, each]);
      expect(Object.fromEntries(domain?.weights ?? [])).toEqual(Object.fromEntries(wanted));
      expect(await rig.calls('UpdateStack', `${name}-1`)).toBe(0);
      expect(await rig.calls('UpdateStack', `${name}-2`)).toBe(1);
    });

    it.concurrent('that failed is rejected before anything is changed', async () => {
      await external.createStack('stuck', '1', weightedTemplate('stuck', '1', 100));
      await external.createStack('stuck', '2', weightedTemplate('stuck', '2', 0));
      await rig.aws.control.addFault({ kind: 'fail_stack', action: 'DeleteStack', stack: 'stuck-1', reason: 'in use' });
      await external.deleteStack('stuck-1');
      await rig.aws.control.finishPending('stuck-1');
      const { progress } = await rig.ended(
        await rig.submit('patch_stack', { new_traffic: 100 }, { stack: 'stuck', version: '2' }),
      );

      expect(progress).toMatchObject({ status: 'failed', error: { code: 'traffic_refused' } });
      expect(progress.error?.detail).toContain('stuck-1 is DELETE_FAILED and receives 100 % of stuck.example.org');
      expect(await rig.calls('UpdateStack', 'stuck-2')).toBe(0);
    });
  });
});
