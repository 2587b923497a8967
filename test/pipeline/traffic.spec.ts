import { type JobRecord } from '#jobs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject, until } from '../../local/parts/index.js';
import { bare, weighted } from '../rig/definitions.js';
import { REGION, Rig } from '../rig/rig.js';
import { SomebodyElse, weightedTemplate } from '../rig/somebody-else.js';

const STACK_SECONDS = 1;

describe('a traffic switch', () => {
  let rig: Rig;
  let somebody: SomebodyElse;
  beforeAll(async () => {
    rig = await Rig.start({ stackSeconds: STACK_SECONDS });
    somebody = new SomebodyElse(rig.aws);
  });
  afterAll(async () => {
    await rig.stop();
  });

  const weights = async (stack: string, versions: readonly string[]): Promise<Record<string, number>> => {
    const names = versions.map((version) => `${stack}-${version}`);
    const [domain] = await rig.looks.weights(REGION, names);
    return Object.fromEntries(domain?.weights ?? []);
  };
  const patch = async (stack: string, version: string, payload: Record<string, unknown>): Promise<string> =>
    await rig.submit('patch_stack', payload, { stack, version });

  it('gives the first version all of it when asked for 50 %, and tells so', async () => {
    const { progress } = await rig.ended(await rig.deploy(weighted('First'), '1', { new_traffic: 50 }));

    expect(progress).toMatchObject({
      status: 'succeeded',
      result: { traffic: { weights_before: { 'First-1': 0 }, weights_after: { 'First-1': 100 }, wanted: 50 } },
    });
    expect(progress.steps.at(-1)?.message).toContain('First-1 gets 100 % of the traffic instead of 50 %');
    expect(await weights('First', ['1'])).toEqual({ 'First-1': 100 });
  });

  it('shares the traffic as the last of several switches in a row wants it', async () => {
    for (const [version, share] of Object.entries({ 1: 100, 2: 0, 3: 0 })) {
      await somebody.createStack('row', version, weightedTemplate('row', version, share));
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

  it('makes no call for 0 % of a version that has none', async () => {
    await somebody.createStack('none', '1', weightedTemplate('none', '1', 100));
    await somebody.createStack('none', '2', weightedTemplate('none', '2', 0));
    const { progress } = await rig.ended(await patch('none', '2', { new_traffic: 0 }));

    expect(progress).toMatchObject({ status: 'succeeded', result: { traffic: { changed: false } } });
    expect(await rig.calls('UpdateStack', 'none-1')).toBe(0);
    expect(await rig.calls('UpdateStack', 'none-2')).toBe(0);
  });

  it('does not take the last traffic of a domain away unless that is allowed', async () => {
    await somebody.createStack('loss', '1', weightedTemplate('loss', '1', 100));
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

  it.each([
    ['its own', '2'],
    ['another version’s', '1'],
  ])('is refused when it would overwrite %s NoEcho parameter', async (_whose, secretive) => {
    const name = `secret${secretive}`;
    for (const version of ['1', '2']) {
      const template = {
        ...weightedTemplate(name, version, version === '1' ? 100 : 0),
        ...(version === secretive ? { Parameters: { Key: { Type: 'String', NoEcho: true, Default: 'x' } } } : {}),
      };
      await somebody.createStack(name, version, template);
    }
    const { progress } = await rig.ended(await patch(name, '2', { new_traffic: 100 }));

    expect(progress).toMatchObject({ status: 'failed', error: { code: 'traffic_refused' } });
    expect(progress.error?.detail).toContain(`${name}-${secretive}, which has a NoEcho parameter`);
    expect(await weights(name, ['1', '2'])).toEqual({ [`${name}-1`]: 100, [`${name}-2`]: 0 });
  });

  it('fails for a stack without a domain, and does not clean up then', async () => {
    await rig.ended(await rig.deploy(bare('plain'), '1'));
    const { progress } = await rig.ended(await rig.deploy(bare('plain'), '2', { new_traffic: 100, keep_stacks: 0 }));

    expect(progress).toMatchObject({ status: 'failed', error: { code: 'no_domain' } });
    expect(progress.steps.map(({ name, status }) => [name, status]).slice(-2)).toEqual([
      ['traffic', 'failed'],
      ['clean_up', 'skipped'],
    ]);
    expect(await rig.looks.stackByName(REGION, 'plain-1')).toMatchObject({ status: 'CREATE_COMPLETE' });
  });

  it('goes through while another version of the application is being created for long', async () => {
    await somebody.createStack('long', '1', weightedTemplate('long', '1', 100));
    await somebody.createStack('long', '2', weightedTemplate('long', '2', 0));
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'CreateStack', stack: 'long-3', seconds: 600 });
    const creation = await rig.deploy(weighted('long'), '3', { new_traffic: 100 });
    await rig.inStep(creation, 'wait');
    const behind = await patch('long', '3', { new_traffic: 10 });

    const { progress } = await rig.ended(await patch('long', '1', { new_traffic: 100 }), 20_000);
    expect(progress.status).toBe('succeeded');
    const switched = await rig.ended(await patch('long', '2', { new_traffic: 40 }), 20_000);
    expect(switched.progress.status).toBe('succeeded');
    expect(await weights('long', ['1', '2', '3'])).toMatchObject({ 'long-1': 60, 'long-2': 40 });
    expect(rig.step(await rig.job(creation), 'wait')?.status).toBe('running');
    expect((await rig.job(behind)).progress.waiting_for).toMatchObject({ reason: 'lock', job_id: creation });
    await rig.cancel(behind);
    await rig.cancel(creation);
    await rig.ended(creation);
  });

  it.each([1, 2])('ends with the announced weights when it is cut off after %i of 3 updates', async (done) => {
    const name = `cut${done}`;
    for (const [version, share] of Object.entries({ 1: 50, 2: 50, 3: 0 })) {
      await somebody.createStack(name, version, weightedTemplate(name, version, share));
    }
    // Senza updates the stacks one after the other, and ends at the first error that is not for boto to repeat.
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
    await rig.aws.control.clearFaults();
  });
});

describe('a traffic switch that is cut off', () => {
  let rig: Rig;
  let somebody: SomebodyElse;
  beforeAll(async () => {
    rig = await Rig.start({ stackSeconds: STACK_SECONDS });
    somebody = new SomebodyElse(rig.aws);
  });
  afterEach(async () => {
    await rig.aws.control.clearFaults();
  });
  afterAll(async () => {
    await rig.stop();
  });

  const standing = async (name: string, versions: Readonly<Record<string, number>>): Promise<void> => {
    for (const [version, share] of Object.entries(versions)) {
      await somebody.createStack(name, version, weightedTemplate(name, version, share));
    }
  };
  const weights = async (stack: string): Promise<Record<string, number>> => {
    const [domain] = await rig.looks.weights(REGION, [stack]);
    return Object.fromEntries(domain?.weights ?? []);
  };
  const patch = async (stack: string, version: string, share: number): Promise<string> =>
    await rig.submit('patch_stack', { new_traffic: share }, { stack, version });
  const updates = async (name: string): Promise<readonly number[]> =>
    await Promise.all(['1', '2'].map((version) => rig.calls('UpdateStack', `${name}-${version}`)));

  it('by a refusal is completed when AWS then takes the rest', async () => {
    await standing('once', { 1: 100, 2: 0 });
    await rig.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: 'once-2' });
    const { progress } = await rig.ended(await patch('once', '2', 30));

    expect(progress).toMatchObject({ status: 'succeeded', result: { traffic: { weights_before: { 'once-1': 100 } } } });
    expect(await weights('once-2')).toEqual({ 'once-1': 70, 'once-2': 30 });
    expect(await updates('once')).toEqual([1, 1]);
  });

  it.each([100, 30])('by a refusal for good (to %i %%) is undone, and fails with it', async (share) => {
    const name = `never${share}`;
    await standing(name, { 1: 100, 2: 0 });
    await rig.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: `${name}-2`, times: null });
    const id = await patch(name, '2', share);
    const { progress } = await rig.ended(id);

    expect(await weights(`${name}-2`)).toEqual({ [`${name}-1`]: 100, [`${name}-2`]: 0 });
    const stands = { weights_before: { [`${name}-1`]: 100, [`${name}-2`]: 0 }, weights: { [`${name}-1`]: 100 } };
    expect(progress).toMatchObject({
      status: 'failed',
      error: { code: 'senza_failed', data: { senza_error: 'access_denied' } },
      result: { failed: { stands } },
    });
    expect(progress.error?.detail).toContain(` 2 ${share}" ended with`);
    expect(await rig.log(id)).toContainEqual(expect.stringMatching(/^what stands: .*"weights_before"/));
  });

  it('by a refusal for good ends with 100 % of traffic also when two of three updates were made', async () => {
    await standing('two', { 1: 60, 2: 40, 3: 0 });
    await rig.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: 'two-3', times: null });
    const { progress } = await rig.ended(await patch('two', '3', 100));

    const whole = { 'two-1': 100, 'two-2': 0, 'two-3': 0 };
    expect(progress).toMatchObject({ status: 'failed', result: { failed: { stands: { weights: whole } } } });
    expect(await weights('two-3')).toEqual(whole);
  });

  it('by a kill of its command is completed, with each update made once', async () => {
    await standing('killed', { 1: 100, 2: 0 });
    // Keeps Senza busy with trying again, between its two updates.
    await rig.aws.control.addFault({ kind: 'cut_before', action: 'UpdateStack', stack: 'killed-2', times: null });
    const id = await patch('killed', '2', 100);
    await until('the first update', 20_000, async () => (await rig.calls('UpdateStack', 'killed-1')) === 1);
    for (const pid of await rig.senzas()) process.kill(pid, 'SIGKILL');
    await rig.aws.control.clearFaults();
    const job = await rig.ended(id);

    expect(job.progress.status).toBe('succeeded');
    expect(rig.step(job, 'traffic')?.journal[0]).toMatchObject({ succeeded: false, signal: 'SIGKILL' });
    expect(await weights('killed-2')).toEqual({ 'killed-1': 0, 'killed-2': 100 });
    expect(await updates('killed')).toEqual([1, 1]);
  });

  it.each([100, 30])('by an answer that is lost makes no update twice (to %i %%)', async (share) => {
    const name = `lost${share}`;
    await standing(name, { 1: 100, 2: 0 });
    await rig.aws.control.addFault({ kind: 'cut_after_effect', action: 'UpdateStack', stack: `${name}-1` });
    const { progress } = await rig.ended(await patch(name, '2', share));

    expect(progress.status).toBe('succeeded');
    expect(await weights(`${name}-2`)).toEqual({ [`${name}-1`]: 100 - share, [`${name}-2`]: share });
    for (const version of ['1', '2']) {
      const effects = await rig.aws.control.calls({ kind: 'effect', stack: `${name}-${version}` });
      expect(effects.filter(({ status }) => status === 'UPDATE_COMPLETE')).toHaveLength(1);
    }
  });

  it('by a version that AWS puts off again and again has its traffic back meanwhile', async () => {
    await standing('busy', { 1: 100, 2: 0 });
    const error = { kind: 'error', code: 'OperationInProgressException', message: 'busy' } as const;
    await rig.aws.control.addFault({ ...error, action: 'UpdateStack', stack: 'busy-2', times: null });
    const id = await patch('busy', '2', 100);
    const log = async (): Promise<string> => (await rig.log(id)).join('\n');
    await until('the way back', 50_000, async () => (await log()).includes('undo it first, busy-1 gets 100 %'));
    await until('the traffic', 20_000, async () => (await weights('busy-2'))['busy-1'] === 100);
    await rig.aws.control.clearFaults();

    expect((await rig.ended(id)).progress.status).toBe('succeeded');
    expect(await weights('busy-2')).toEqual({ 'busy-1': 0, 'busy-2': 100 });
  }, 120_000);

  it('by a version that goes away is made without it, not failed as if its own stack were missing', async () => {
    await standing('gone', { 1: 100, 2: 0 });
    const message = 'Stack with id gone-1 does not exist';
    await rig.aws.control.addFault({
      kind: 'error',
      code: 'ValidationError',
      message,
      action: 'UpdateStack',
      stack: 'gone-1',
    });

    expect((await rig.ended(await patch('gone', '2', 100))).progress).toMatchObject({ status: 'succeeded' });
    expect(await weights('gone-2')).toEqual({ 'gone-1': 0, 'gone-2': 100 });
  });
});

describe('a traffic switch beside a deletion', () => {
  let rig: Rig;
  let somebody: SomebodyElse;
  beforeAll(async () => {
    rig = await Rig.start({ stackSeconds: STACK_SECONDS });
    somebody = new SomebodyElse(rig.aws);
  });
  afterAll(async () => {
    await rig.stop();
  });

  it.each([
    ['all', { 1: 100, 2: 0 }, 100, { 2: 100 }],
    ['part', { 1: 60, 2: 0, 3: 40 }, 30, { 2: 30, 3: 70 }],
  ])('of a version with %s of the traffic waits until it is gone', async (name, before, share, after) => {
    for (const [version, each] of Object.entries(before)) {
      await somebody.createStack(name, version, weightedTemplate(name, version, each));
    }
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'DeleteStack', stack: `${name}-1`, seconds: 8 });
    const deletion = await rig.submit('delete_stack', { force: true }, { stack: name, version: '1' });
    await rig.inStep(deletion, 'delete');
    const id = await rig.submit('patch_stack', { new_traffic: share }, { stack: name, version: '2' });
    const waits = { reason: 'cloudformation', stack: `${name}-1`, state: 'DELETE_IN_PROGRESS' };
    const isSo = ({ progress }: JobRecord): boolean => progress.waiting_for?.reason === 'cloudformation';
    expect((await rig.when(id, 'the switch to wait', isSo)).progress.waiting_for).toMatchObject(waits);

    const { progress } = await rig.ended(id);
    expect(progress.status).toBe('succeeded');
    const [domain] = await rig.looks.weights(REGION, [`${name}-2`]);
    const wanted = Object.entries(after).map(([version, each]) => [`${name}-${version}`, each]);
    expect(Object.fromEntries(domain?.weights ?? [])).toEqual(Object.fromEntries(wanted));
    expect(await rig.calls('UpdateStack', `${name}-1`)).toBe(0);
    expect(await rig.calls('UpdateStack', `${name}-2`)).toBe(1);
  });

  it('that failed is refused before anything is changed', async () => {
    await somebody.createStack('stuck', '1', weightedTemplate('stuck', '1', 100));
    await somebody.createStack('stuck', '2', weightedTemplate('stuck', '2', 0));
    await rig.aws.control.addFault({ kind: 'fail_stack', action: 'DeleteStack', stack: 'stuck-1', reason: 'in use' });
    await somebody.deleteStack('stuck-1');
    await rig.aws.control.finish('stuck-1');
    const { progress } = await rig.ended(
      await rig.submit('patch_stack', { new_traffic: 100 }, { stack: 'stuck', version: '2' }),
    );

    expect(progress).toMatchObject({ status: 'failed', error: { code: 'traffic_refused' } });
    expect(progress.error?.detail).toContain('stuck-1 is DELETE_FAILED and still gets 100 % of the traffic');
    expect(await rig.calls('UpdateStack', 'stuck-2')).toBe(0);
  });
});

describe('a traffic switch whose command fails after its effect', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lizzy-failing-senza-'));
  let rig: Rig;
  beforeAll(async () => {
    const failing = join(folder, 'senza');
    const senza = inProject('.venv', 'bin', 'senza');
    writeFileSync(failing, `#!/bin/sh\n"${senza}" "$@" || exit\ntest "$1" != traffic\n`, { mode: 0o755 });
    rig = await Rig.start({ stackSeconds: STACK_SECONDS, workerEnv: { SENZA_COMMAND: failing } });
  });
  afterAll(async () => {
    await rig.stop();
    rmSync(folder, { recursive: true });
  });

  it('is judged by the weights that stand', async () => {
    const job = await rig.ended(await rig.deploy(weighted('judged'), '1', { new_traffic: 100 }));

    expect(rig.step(job, 'traffic')?.journal).toMatchObject([{ succeeded: false }]);
    expect(job.progress).toMatchObject({
      status: 'succeeded',
      result: { traffic: { weights_before: { 'judged-1': 0 }, weights_after: { 'judged-1': 100 }, changed: true } },
    });
  });
});
