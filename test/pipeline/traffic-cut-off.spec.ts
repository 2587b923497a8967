import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject, until } from '../../local/services/index.js';
import { weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { ExternalActor, weightedTemplate } from '../support/external-actor.js';

const STACK_SECONDS = 1;

// The tests are about different applications and run at the same time: they mostly wait.
describe('a traffic switch that is interrupted', () => {
  let rig: TestEnvironment;
  let external: ExternalActor;
  /** Without the runtime. */
  let cold: TestEnvironment;
  const folder = mkdtempSync(join(tmpdir(), 'lizzy-failing-senza-'));
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, stackSeconds: STACK_SECONDS, concurrentTests: true });
    external = new ExternalActor(rig.aws);
    // Senza itself retries a lost connection for long enough to be killed; the runtime reports it at once.
    const command = join(folder, 'senza');
    const senza = inProject('.venv', 'bin', 'senza');
    const script = `#!/bin/sh\ncase "$*" in traffic*judged*) "${senza}" "$@"; exit 1;; esac\nexec "${senza}" "$@"\n`;
    writeFileSync(command, script, { mode: 0o755 });
    const workerEnv = { SENZA_COMMAND: command };
    cold = await TestEnvironment.start({ workers: 1, stackSeconds: STACK_SECONDS, workerEnv });
  });
  afterAll(async () => {
    await Promise.all([rig.stop(), cold.stop()]);
    rmSync(folder, { recursive: true });
  });

  const standing = async (name: string, versions: Readonly<Record<string, number>>): Promise<void> => {
    for (const [version, share] of Object.entries(versions)) {
      await external.createStack(name, version, weightedTemplate(name, version, share));
    }
  };
  const weights = async (stack: string): Promise<Record<string, number>> => {
    const [domain] = await rig.awsReader.weights(REGION, [stack]);
    return Object.fromEntries(domain?.weights ?? []);
  };
  const patch = async (stack: string, version: string, share: number): Promise<string> =>
    await rig.submit('patch_stack', { new_traffic: share }, { stack, version });
  const updates = async (name: string): Promise<readonly number[]> =>
    await Promise.all(['1', '2'].map((version) => rig.calls('UpdateStack', `${name}-${version}`)));

  it.concurrent('by a refusal is completed when AWS then accepts the rest', async () => {
    await standing('once', { 1: 100, 2: 0 });
    await rig.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: 'once-2' });
    const { progress } = await rig.ended(await patch('once', '2', 30));

    expect(progress).toMatchObject({ status: 'succeeded', result: { traffic: { weights_before: { 'once-1': 100 } } } });
    expect(await weights('once-2')).toEqual({ 'once-1': 70, 'once-2': 30 });
    expect(await updates('once')).toEqual([1, 1]);
  });

  it.concurrent.each([100, 30])('by a permanent refusal (to %i %%) is undone, and fails with it', async (share) => {
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
      result: { failed: { state_at_failure: stands } },
    });
    expect(progress.error?.data['command']).toMatch(new RegExp(` 2 ${share}$`));
    expect(await rig.log(id)).toContainEqual(expect.stringMatching(/^State at failure: .*weights before/));
  });

  it.concurrent(
    'by a permanent refusal ends with 100 % of traffic also when two of three updates were made',
    async () => {
      await standing('two', { 1: 60, 2: 40, 3: 0 });
      await rig.aws.control.addFault({ kind: 'refuse', action: 'UpdateStack', stack: 'two-3', times: null });
      const { progress } = await rig.ended(await patch('two', '3', 100));

      const whole = { 'two-1': 100, 'two-2': 0, 'two-3': 0 };
      expect(progress).toMatchObject({
        status: 'failed',
        result: { failed: { state_at_failure: { weights: whole } } },
      });
      expect(await weights('two-3')).toEqual(whole);
    },
  );

  it.concurrent.each([100, 30])('by a lost response makes no update twice (to %i %%)', async (share) => {
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

  it.concurrent('by a version that AWS throttles again and again has its traffic back meanwhile', async () => {
    await standing('busy', { 1: 100, 2: 0 });
    const error = { kind: 'error', code: 'OperationInProgressException', message: 'busy' } as const;
    await rig.aws.control.addFault({ ...error, action: 'UpdateStack', stack: 'busy-2', times: null });
    const id = await patch('busy', '2', 100);
    const log = async (): Promise<string> => (await rig.log(id)).join('\n');
    await until('the rollback', async () => (await log()).includes('undo it first, busy-1 gets 100 %'));
    // The first update takes the traffic away, the second gives it back, until the switch is tried again.
    await until('the traffic', async () => {
      const effects = await rig.aws.control.calls({ kind: 'effect', stack: 'busy-1' });
      return effects.filter(({ status }) => status === 'UPDATE_COMPLETE').length >= 2;
    });
    await rig.aws.control.clearFaults('busy-2');

    expect((await rig.ended(id)).progress.status).toBe('succeeded');
    expect(await weights('busy-2')).toEqual({ 'busy-1': 0, 'busy-2': 100 });
  });

  it.concurrent(
    'by the deletion of a version is made without it, and does not report its own stack as missing',
    async () => {
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
    },
  );

  it.concurrent(
    'by a command that fails after its effect, or is killed, is judged by the current weights',
    async () => {
      const job = await cold.ended(await cold.deploy(weighted('judged'), '1', { new_traffic: 100 }));

      expect(cold.step(job, 'traffic')?.journal).toMatchObject([{ succeeded: false }]);
      expect(job.progress).toMatchObject({
        status: 'succeeded',
        result: { traffic: { weights_before: { 'judged-1': 0 }, weights_after: { 'judged-1': 100 }, changed: true } },
      });

      const coldActor = new ExternalActor(cold.aws);
      await coldActor.createStack('killed', '1', weightedTemplate('killed', '1', 100));
      await coldActor.createStack('killed', '2', weightedTemplate('killed', '2', 0));
      // Keeps Senza busy with trying again, between its two updates.
      await cold.aws.control.addFault({ kind: 'cut_before', action: 'UpdateStack', stack: 'killed-2', times: null });
      const id = await cold.submit('patch_stack', { new_traffic: 100 }, { stack: 'killed', version: '2' });
      await until('the first update', async () => (await cold.calls('UpdateStack', 'killed-1')) === 1);
      // Senza may have given up just now: the next command is killed then. Health checks are not: an unhealthy worker runs no command.
      await until('a command to be killed', async () => {
        const journal = cold.step(await cold.job(id), 'traffic')?.journal ?? [];
        if (journal.at(-1)?.ended_at === null) await cold.signalSenzas('SIGKILL');
        return journal.some(({ signal }) => signal === 'SIGKILL');
      });
      await cold.aws.control.clearFaults();
      const killed = await cold.ended(id);

      expect(killed.progress.status).toBe('succeeded');
      const [domain] = await cold.awsReader.weights(REGION, ['killed-2']);
      expect(Object.fromEntries(domain?.weights ?? [])).toEqual({ 'killed-1': 0, 'killed-2': 100 });
      expect(await cold.calls('UpdateStack', 'killed-1')).toBe(1);
      expect(await cold.calls('UpdateStack', 'killed-2')).toBe(1);
    },
  );
});
