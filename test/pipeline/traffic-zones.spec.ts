import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExternalActor, type RecordShare, recordsTemplate } from '../support/external-actor.js';
import { TestEnvironment } from '../support/test-environment.js';
import { trafficShares } from '../support/traffic-shares.js';

// The tests are about different applications and run at the same time: they mostly wait.
describe('a traffic switch of an application with several domains or hosted zones', () => {
  let rig: TestEnvironment;
  let actor: ExternalActor;
  beforeAll(async () => {
    rig = await TestEnvironment.start({ workers: 1, concurrentTests: true });
    actor = new ExternalActor(rig.aws);
  });
  afterAll(async () => {
    await rig.stop();
  });

  const weights = async (stack: string, version: string) => await trafficShares(rig, `${stack}-${version}`);
  const switchTo = async (stack: string, version: string, new_traffic: number) =>
    (await rig.ended(await rig.submit('patch_stack', { new_traffic }, { stack, version }))).progress;

  it.concurrent('switches each version in the domains that it has: one, then three, then two', async () => {
    const shares = (...domains: string[]): RecordShare[] => domains.map((domain) => ({ domain, weight: 0 }));
    await actor.createStack('dom', '1', recordsTemplate('dom', '1', shares('dom')));
    await actor.createStack('dom', '2', recordsTemplate('dom', '2', shares('dom', 'dom-b', 'dom-c')));
    await actor.createStack('dom', '3', recordsTemplate('dom', '3', shares('dom', 'dom-b')));
    for (const version of ['1', '2']) expect((await switchTo('dom', version, 100)).status).toBe('succeeded');
    expect((await switchTo('dom', '3', 30)).status).toBe('succeeded');
    expect(await weights('dom', '2')).toEqual({
      dom: { 'dom-1': 0, 'dom-2': 70, 'dom-3': 30 },
      'dom-b': { 'dom-2': 70, 'dom-3': 30 },
      'dom-c': { 'dom-2': 100 },
    });
    expect(await switchTo('dom', '2', 0)).toMatchObject({ status: 'failed', error: { code: 'traffic_refused' } });
    expect((await switchTo('dom', '3', 100)).status).toBe('succeeded');
    expect(await weights('dom', '2')).toEqual({
      dom: { 'dom-1': 0, 'dom-2': 0, 'dom-3': 100 },
      'dom-b': { 'dom-2': 0, 'dom-3': 100 },
      'dom-c': { 'dom-2': 100 },
    });
  });

  it.concurrent('leaves records of other routing policies and of a zone of others alone', async () => {
    const zone = await actor.createZone('split.example.org');
    const inside = await actor.createZone('split.example.org', { PrivateZone: true });
    const record = { Name: 'app.split.example.org.', TTL: 20 };
    const six = { ...record, Type: 'AAAA' as const, ResourceRecords: [{ Value: '2001:db8::1' }] };
    await actor.createRecordSet(zone, { ...six, SetIdentifier: 'ireland', Region: 'eu-west-1' });
    await actor.createRecordSet(zone, { ...six, SetIdentifier: 'split-1', Region: 'us-east-1' });
    const four = { ...record, Type: 'A' as const, ResourceRecords: [{ Value: '10.0.0.1' }] };
    await actor.createRecordSet(inside, { ...four, SetIdentifier: 'office', Weight: 200 });
    for (const version of ['1', '2']) {
      const share = { domain: 'app.split', weight: version === '1' ? 200 : 0, zone: 'split.example.org.' };
      await actor.createStack('split', version, recordsTemplate('split', version, [share]));
    }
    for (const [share, other] of [
      [30, 70],
      [100, 0],
    ] as const) {
      expect(await switchTo('split', '2', share)).toMatchObject({ status: 'succeeded' });
      expect(await weights('split', '2')).toEqual({ app: { 'split-1': other, 'split-2': share } });
    }
    expect(await actor.identifiersIn(zone, record.Name)).toEqual(['ireland', 'split-1', 'split-1', 'split-2']);
    expect(await actor.identifiersIn(inside, record.Name)).toEqual(['office']);
  });

  it.concurrent('rejects a switch of a version whose record has a set identifier of its own', async () => {
    for (const [version, weight] of Object.entries({ 1: 200, 2: 0 })) {
      const share = { domain: 'blue', weight, identifier: `blue-live${version}` };
      await actor.createStack('blue', version, recordsTemplate('blue', version, [share]));
    }
    const { status, error } = await switchTo('blue', '2', 100);
    expect({ status, error }).toMatchObject({ status: 'failed', error: { code: 'traffic_refused' } });
    expect(error?.detail).toContain('A weighted record of blue-2 has the set identifier "blue-live2"');
    expect(await rig.calls('UpdateStack', 'blue-2')).toBe(0);
    expect(await weights('blue', '2')).toEqual({ blue: { 'blue-live1': 100, 'blue-live2': 0 } });
  });
});
