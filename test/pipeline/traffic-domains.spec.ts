import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExternalActor, type RecordShare, recordsTemplate, weightedTemplate } from '../support/external-actor.js';
import { REGION, TestEnvironment } from '../support/test-environment.js';
import { trafficShares } from '../support/traffic-shares.js';

// The tests are about different applications and run at the same time: they mostly wait.
describe('a traffic switch of several domains and foreign records', () => {
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
  const switchTo = async (stack: string, version: string, new_traffic: number, more = {}) =>
    (await rig.ended(await rig.submit('patch_stack', { new_traffic, ...more }, { stack, version }))).progress;

  it.concurrent('shares with a record that belongs to no stack, by its weight, and removes it at 100 %', async () => {
    await actor.putRecord('mig', 'legacy', 200);
    await actor.createStack('mig', '1', weightedTemplate('mig', '1', 0));
    expect(await switchTo('mig', '1', 10)).toMatchObject({
      status: 'succeeded',
      result: {
        traffic: { weights_before: { legacy: 100, 'mig-1': 0 }, weights_after: { legacy: 90, 'mig-1': 10 } },
      },
    });
    expect(await switchTo('mig', '1', 0)).toMatchObject({ status: 'succeeded' });
    expect(await weights('mig', '1')).toEqual({ mig: { legacy: 100, 'mig-1': 0 } });
    expect(await switchTo('mig', '1', 100)).toMatchObject({ status: 'succeeded' });
    expect(await weights('mig', '1')).toEqual({ mig: { 'mig-1': 100 } });
  });

  it.concurrent('switches every domain, also when one of them has the requested share already', async () => {
    const shares = (int: number, pub: number): RecordShare[] => [
      { domain: 'twin-int', weight: int },
      { domain: 'twin-pub', weight: pub },
    ];
    await actor.createStack('twin', '1', recordsTemplate('twin', '1', shares(0, 200)));
    await actor.createStack('twin', '2', recordsTemplate('twin', '2', shares(200, 0)));
    const progress = await switchTo('twin', '2', 100);
    expect(progress).toMatchObject({
      status: 'succeeded',
      result: {
        traffic: {
          changed: true,
          domains: [
            { domain: 'twin-int.example.org', weights_after: { 'twin-1': 0, 'twin-2': 100 } },
            {
              domain: 'twin-pub.example.org',
              weights_before: { 'twin-1': 100, 'twin-2': 0 },
              weights_after: { 'twin-1': 0, 'twin-2': 100 },
            },
          ],
        },
      },
    });
    expect(await weights('twin', '2')).toEqual({
      'twin-int': { 'twin-1': 0, 'twin-2': 100 },
      'twin-pub': { 'twin-1': 0, 'twin-2': 100 },
    });
  });

  it.concurrent('does not change a domain that only another version has', async () => {
    await actor.createStack('web', '1', recordsTemplate('web', '1', [{ domain: 'web', weight: 200 }]));
    const both = [
      { domain: 'web', weight: 0 },
      { domain: 'web-pub', weight: 0 },
    ];
    await actor.createStack('web', '2', recordsTemplate('web', '2', both));
    expect(await switchTo('web', '2', 30)).toMatchObject({
      status: 'succeeded',
      result: { traffic: { weights_after: { 'web-2': 100 }, wanted: 30 } },
    });
    expect(await weights('web', '2')).toEqual({ web: { 'web-1': 70, 'web-2': 30 }, 'web-pub': { 'web-2': 100 } });
  });

  it.concurrent('moves A and AAAA records of one name together', async () => {
    const six = (a: number, aaaa: number): RecordShare[] => [
      { domain: 'six', weight: a },
      { domain: 'six', weight: aaaa, type: 'AAAA' },
    ];
    await actor.createStack('six', '1', recordsTemplate('six', '1', six(0, 200)));
    await actor.createStack('six', '2', recordsTemplate('six', '2', six(200, 0)));
    expect(await weights('six', '2')).toHaveProperty('six AAAA', { 'six-1': 100, 'six-2': 0 });
    expect(await switchTo('six', '2', 100)).toMatchObject({ status: 'succeeded' });
    expect(await weights('six', '2')).toEqual({ six: { 'six-1': 0, 'six-2': 100 } });
  });

  it.concurrent(
    'is rejected when an older version would keep clients by its AAAA record, unless that is allowed',
    async () => {
      const both: RecordShare[] = [
        { domain: 'four', weight: 200 },
        { domain: 'four', weight: 200, type: 'AAAA' },
      ];
      await actor.createStack('four', '1', recordsTemplate('four', '1', both));
      await actor.createStack('four', '2', recordsTemplate('four', '2', [{ domain: 'four', weight: 0 }]));
      expect(await switchTo('four', '2', 100)).toMatchObject({
        status: 'failed',
        error: {
          code: 'traffic_refused',
          detail: expect.stringContaining('four-2 has no AAAA record of four.example.org, and four-1 has one'),
        },
      });
      expect(await weights('four', '2')).toEqual({ four: { 'four-1': 100, 'four-2': 0 } });
      const allowed = { new_traffic: 100, allow_traffic_loss: true };
      const id = await rig.submit('patch_stack', allowed, { stack: 'four', version: '2' });
      expect((await rig.ended(id)).progress.status).toBe('succeeded');
      expect(await weights('four', '2')).toEqual({ four: { 'four-1': 0, 'four-2': 100 } });
      expect((await rig.log(id)).join(' ')).toContain('four-2 has no AAAA record of four.example.org');
    },
  );

  it.concurrent('sets the weights of CNAME records, which stay what they are', async () => {
    for (const version of ['1', '2']) {
      const share: RecordShare = { domain: 'cdn', weight: version === '1' ? 200 : 0, type: 'CNAME' };
      await actor.createStack('cdn', version, recordsTemplate('cdn', version, [share]));
    }
    expect(await switchTo('cdn', '2', 30)).toMatchObject({ status: 'succeeded' });
    expect(await weights('cdn', '2')).toEqual({ cdn: { 'cdn-1': 70, 'cdn-2': 30 } });
    expect(await switchTo('cdn', '2', 100)).toMatchObject({ status: 'succeeded' });
    expect(await weights('cdn', '2')).toEqual({ cdn: { 'cdn-1': 0, 'cdn-2': 100 } });
  });

  it.concurrent('creates the records of a domain again that has lost all of them', async () => {
    for (const version of ['1', '2']) {
      const weight = version === '1' ? 200 : 0;
      await actor.createStack('lost', version, recordsTemplate('lost', version, [{ domain: 'lost', weight }]));
      await actor.deleteRecord('lost', `lost-${version}`, weight, `192.0.2.${version}`);
    }
    expect(await switchTo('lost', '2', 100)).toMatchObject({ status: 'succeeded' });
    expect(await weights('lost', '2')).toEqual({ lost: { 'lost-2': 100 } });
  });

  it.concurrent.each([
    ['UPDATE_ROLLBACK_FAILED', `continue-update-rollback --stack-name update-rollback-failed-1 --region ${REGION}`],
    ['UPDATE_FAILED', 'rollback-stack --stack-name'],
    ['IMPORT_ROLLBACK_FAILED', 'rollback-stack --stack-name'],
    ['DELETE_FAILED', 'Delete it'],
    ['ROLLBACK_FAILED', 'Delete it'],
  ])('rejects a switch beside a version with traffic in %s, before anything is called', async (status, advice) => {
    const name = status.toLowerCase().replaceAll('_', '-');
    await actor.createStack(name, '1', weightedTemplate(name, '1', 100));
    await actor.createStack(name, '2', weightedTemplate(name, '2', 0));
    await rig.aws.control.changeStack({ region: REGION, stack: `${name}-1`, status });
    const progress = await switchTo(name, '2', 50);
    expect(progress).toMatchObject({
      status: 'failed',
      error: { code: 'traffic_refused', data: { stack: `${name}-1`, stack_status: status } },
    });
    expect(progress.error?.detail).toContain(`The stack ${name}-1 is ${status}`);
    expect(progress.error?.detail).toContain(advice);
    expect(await rig.calls('UpdateStack', `${name}-2`)).toBe(0);
  });

  it.concurrent('rejects a switch of a stack whose record has no weight, before anything is called', async () => {
    const template = {
      Resources: {
        Record: {
          Type: 'AWS::Route53::RecordSet',
          Properties: {
            Type: 'A',
            TTL: '20',
            HostedZoneName: 'example.org.',
            Name: 'plain.example.org.',
            ResourceRecords: ['192.0.2.1'],
          },
        },
      },
    };
    await actor.createStack('plain', '1', template);
    const progress = await switchTo('plain', '1', 100);
    expect(progress).toMatchObject({ status: 'failed', error: { code: 'no_domain' } });
    expect(progress.error?.detail).toContain('has no weighted domain');
    expect(await rig.calls('UpdateStack', 'plain-1')).toBe(0);
  });

  it.concurrent.each([
    ['rolls its own update back', '2', {}, 'was rolled back: AppMainDomain: Invalid request'],
    ["rolls another version's update back", '1', {}, 'was rolled back: AppMainDomain: Invalid request'],
    [
      'fails to roll its update back',
      '2',
      { rollback_fails: true },
      'failed: AppMainDomain: Invalid request; the rollback failed, too: AppMainDomain: Invalid request',
    ],
  ])(
    'undoes the switch and fails with the reason when CloudFormation %s',
    async (_what, version, differences, outcome) => {
      const name = `denied${version}${'rollback_fails' in differences ? 'stuck' : ''}`;
      const stack = `${name}-${version}`;
      await actor.createStack(name, '1', weightedTemplate(name, '1', 100));
      await actor.createStack(name, '2', weightedTemplate(name, '2', 0));
      const fault = { kind: 'fail_stack', action: 'UpdateStack', stack, reason: 'Invalid request' } as const;
      await rig.aws.control.addFault({ ...fault, ...differences });
      const progress = await switchTo(name, '2', 30);
      expect(progress).toMatchObject({ status: 'failed', error: { code: 'stack_failed' } });
      expect(progress.error?.detail).toContain(`The update of the stack ${stack} ${outcome}`);
      expect(await weights(name, '2')).toEqual({ [name]: { [`${name}-1`]: 100, [`${name}-2`]: 0 } });
    },
  );

  it.concurrent('rejects a switch that a stack policy denies, before anything is changed', async () => {
    await actor.createStack('policy', '1', weightedTemplate('policy', '1', 100));
    await actor.createStack('policy', '2', weightedTemplate('policy', '2', 0));
    const statement = (Effect: string, Resource: string): object => ({
      Effect,
      Principal: '*',
      Action: 'Update:*',
      Resource,
    });
    const deny = async (logicalId: string): Promise<void> => {
      const Statement = [statement('Allow', '*'), statement('Deny', `LogicalResourceId/${logicalId}`)];
      await rig.aws.control.changeStack({ region: REGION, stack: 'policy-1', policy: { Statement } });
    };
    await deny('AppMainDomain');
    const progress = await switchTo('policy', '2', 30);
    expect(progress).toMatchObject({
      status: 'failed',
      error: { code: 'traffic_refused', data: { stack: 'policy-1' } },
    });
    expect(progress.error?.detail).toContain('the stack policy of policy-1 denies Update:Modify of AppMainDomain');
    expect(await rig.calls('UpdateStack', 'policy-2')).toBe(0);
    await deny('AppVersionDomain');
    expect(await switchTo('policy', '2', 30)).toMatchObject({ status: 'succeeded' });
  });
});
