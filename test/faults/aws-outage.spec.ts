import { type JobRecord } from '#jobs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as after } from 'node:timers/promises';
import { type FaultRule } from '../../local/services/index.js';
import { bare, weighted } from '../support/definitions.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { HELD_SECONDS } from './scenario.js';

const AWAY_MS = 20_000;
/** The fault of a call, and how often the call has its effect. */
const FAULTS = {
  slow: { kind: 'delay', seconds: 4 },
  lost: { kind: 'cut_before', times: 2 },
  unanswered: { kind: 'cut_after_effect' },
  throttled: { kind: 'throttle', times: 3 },
} as const satisfies Record<string, FaultRule>;
type Fault = keyof typeof FAULTS;
const NAMES = ['slow', 'lost', 'unanswered', 'throttled'] as const;

describe('AWS under faults', () => {
  let rig: TestEnvironment;
  const ended = new Map<string, JobRecord>();
  const end = (name: string): JobRecord | undefined => ended.get(name);

  async function play(name: Fault): Promise<void> {
    const fault = FAULTS[name];
    const [web, old, made] = [`web-${name}`, `old-${name}`, `made-${name}`];
    const before = [rig.deploy(weighted(web), '1'), rig.deploy(weighted(web), '2'), rig.deploy(bare(old), 'v1')];
    for (const id of await Promise.all(before)) await rig.ended(id);
    await rig.ended(await rig.submit('patch_stack', { new_traffic: 100 }, { stack: web, version: '1' }));
    await rig.aws.control.addFault(
      { ...fault, action: 'CreateStack', stack: `${made}-v1` },
      { ...fault, action: 'UpdateStack', stack: `${web}-2` },
      { ...fault, action: 'DeleteStack', stack: `${old}-v1` },
    );
    const jobs = {
      [made]: await rig.deploy(bare(made), 'v1'),
      [web]: await rig.submit('patch_stack', { new_traffic: 100 }, { stack: web, version: '2' }),
      [old]: await rig.submit('delete_stack', { force: true }, { stack: old, version: 'v1' }),
    };
    for (const [stack, id] of Object.entries(jobs)) ended.set(stack, await rig.ended(id));
  }

  beforeAll(async () => {
    rig = await TestEnvironment.start({ stackSeconds: 1, workers: 2 });
    await Promise.all(NAMES.map(play));
  });
  afterAll(async () => {
    await rig.stop();
  });

  describe.each(NAMES)('(%s)', (fault) => {
    it('creates the stack once, and the job succeeds', async () => {
      expect(end(`made-${fault}`)?.progress).toMatchObject({ status: 'succeeded', error: null });
      const effects = await rig.aws.control.calls({ kind: 'effect', stack: `made-${fault}-v1` });
      expect(effects.map(({ status }) => status)).toEqual(['CREATE_COMPLETE']);
    });

    it('switches traffic to the requested weights', async () => {
      const web = `web-${fault}`;
      expect(end(web)?.progress).toMatchObject({ status: 'succeeded', error: null });
      const [domain] = await rig.awsReader.weights(REGION, [`${web}-1`, `${web}-2`]);
      expect(domain?.weights).toEqual(
        new Map([
          [`${web}-1`, 0],
          [`${web}-2`, 100],
        ]),
      );
    });

    it('deletes the stack', async () => {
      expect(end(`old-${fault}`)?.progress).toMatchObject({ status: 'succeeded', error: null });
      expect((await rig.awsReader.stackByName(REGION, `old-${fault}-v1`))?.status ?? null).toBeNull();
    });
  });

  it('(refused) fails the job immediately with the message of AWS', async () => {
    await rig.aws.control.addFault({ kind: 'refuse', action: 'CreateStack', stack: 'refused-v1' });
    const { progress } = await rig.ended(await rig.deploy(bare('refused'), 'v1'));

    expect(progress).toMatchObject({ status: 'failed', error: { code: 'senza_failed' } });
    expect(JSON.stringify(progress.error?.data)).toMatch(/not authorized|AccessDenied/);
    expect(await rig.calls('CreateStack', 'refused-v1')).toBe(0);
  });

  it('(for 20 seconds) keeps jobs waiting, and they continue afterwards', async () => {
    await rig.aws.control.addFault({
      kind: 'slow_stack',
      action: 'CreateStack',
      stack: 'outage-waits-v1',
      seconds: HELD_SECONDS,
    });
    const waits = await rig.deploy(bare('outage-waits'), 'v1');
    await rig.inStep(waits, 'wait');
    await rig.aws.control.addFault({ kind: 'cut_before', times: null });
    const creates = await rig.deploy(bare('outage-new'), 'v1');
    await after(AWAY_MS);
    expect((await rig.job(creates)).progress.finished_at).toBeNull();
    await rig.aws.control.clearFaults();
    await rig.aws.control.finish('outage-waits-v1');

    for (const id of [waits, creates]) expect((await rig.ended(id)).progress.status).toBe('succeeded');
    for (const stack of ['outage-waits-v1', 'outage-new-v1']) expect(await rig.calls('CreateStack', stack)).toBe(1);
  });

  it('leaves no Senza process, lock or file', async () => {
    await rig.quiet();
    expect(await rig.leakedKeys()).toEqual([]);
    await rig.filesRemoved();
  });
});
