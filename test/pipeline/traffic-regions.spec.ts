import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExternalActor, recordsTemplate, weightedTemplate } from '../support/external-actor.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { trafficShares } from '../support/traffic-shares.js';

const OTHERS = ['eu-central-1', 'us-east-1'] as const;
const DOMAIN = 'geo.example.org';

// Route 53 is global: version 1 of `geo` is in Ireland, 2 in Frankfurt and 3 in Virginia, and all have a record of one domain.
describe('a domain that stacks of three regions share', () => {
  let rig: TestEnvironment;
  let actor: ExternalActor;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ stackSeconds: 1, workers: 1, workerEnv: { WORKER_CONCURRENCY: '4' } });
    actor = new ExternalActor(rig.aws);
    await actor.createStack('geo', '1', weightedTemplate('geo', '1', 100));
    for (const [index, region] of OTHERS.entries()) {
      await actor.createStack('geo', String(index + 2), weightedTemplate('geo', String(index + 2), 0), { region });
    }
  });
  afterAll(async () => {
    await rig.stop();
  });

  const submit = async (version: string, new_traffic: number, region: string, stack = 'geo'): Promise<string> =>
    await rig.submit('patch_stack', { new_traffic, region }, { stack, version, region });
  const weights = async (): Promise<Record<string, number>> => {
    const [domain] = await rig.awsReader.weights(REGION, ['geo-1']);
    return Object.fromEntries(domain?.weights ?? []);
  };

  it('is switched by one job at a time, so that no region loses what another has set', async () => {
    await rig.aws.control.addFault({ kind: 'slow_stack', action: 'UpdateStack', stack: 'geo-2', seconds: 600 });
    const first = await submit('2', 40, OTHERS[0]);
    await rig.acting(first, 'traffic');
    const second = await submit('3', 20, OTHERS[1]);
    const waiting = await rig.when(second, 'the lock', ({ progress }) => progress.waiting_for?.reason === 'lock');
    expect(waiting.progress.waiting_for).toMatchObject({ scope: `domain ${DOMAIN}`, job_id: first, stack: 'geo-2' });
    await rig.aws.control.finish('geo-2');
    const ended = await Promise.all([rig.ended(first), rig.ended(second)]);
    expect(ended.map(({ progress }) => progress.status)).toEqual(['succeeded', 'succeeded']);
    expect(ended[1].progress.result).toMatchObject({
      traffic: {
        weights_before: { 'geo-1': 60, 'geo-2': 40 },
        weights_after: { 'geo-1': 50, 'geo-2': 30, 'geo-3': 20 },
      },
    });
    expect(await weights()).toEqual({ 'geo-1': 50, 'geo-2': 30, 'geo-3': 20 });
    expect(await rig.leakedKeys()).toEqual([]);
  });

  it('gives all traffic to one region and back, although the records of the others are deleted', async () => {
    for (const [version, region] of [
      ['1', REGION],
      ['2', OTHERS[0]],
      ['1', REGION],
    ] as const) {
      const { progress } = await rig.ended(await submit(version, 100, region));
      expect(progress).toMatchObject({ status: 'succeeded', result: { traffic: { wanted: 100 } } });
      expect(await weights()).toEqual({ [`geo-${version}`]: 100 });
    }
  });

  it('is switched with the other domains of each stack, which only some of the regions have', async () => {
    const versions = [
      { version: '1', region: REGION, domains: ['tri', 'tri-b', 'tri-c'] },
      { version: '2', region: OTHERS[0], domains: ['tri', 'tri-b'] },
      { version: '3', region: OTHERS[1], domains: ['tri', 'tri-c'] },
    ];
    for (const { version, region, domains } of versions) {
      const shares = domains.map((domain) => ({ domain, weight: version === '1' ? 200 : 0 }));
      await actor.createStack('tri', version, recordsTemplate('tri', version, shares), { region });
    }
    const switchTo = async (version: string, share: number, region: string): Promise<unknown> => {
      expect((await rig.ended(await submit(version, share, region, 'tri'))).progress.status).toBe('succeeded');
      return await trafficShares(rig, 'tri-1');
    };
    await switchTo('2', 40, OTHERS[0]);
    expect(await switchTo('3', 20, OTHERS[1])).toEqual({
      tri: { 'tri-1': 50, 'tri-2': 30, 'tri-3': 20 },
      'tri-b': { 'tri-1': 60, 'tri-2': 40 },
      'tri-c': { 'tri-1': 80, 'tri-3': 20 },
    });
    expect(await switchTo('1', 100, REGION)).toEqual({
      tri: { 'tri-1': 100 },
      'tri-b': { 'tri-1': 100 },
      'tri-c': { 'tri-1': 100 },
    });
  });
});
