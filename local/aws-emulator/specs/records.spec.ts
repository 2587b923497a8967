import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetChangeCommand, ListResourceRecordSetsCommand, type ResourceRecordSet } from '@aws-sdk/client-route-53';
import { until } from '../../services/index.js';
import { EmulatedAws } from './aws-clients.js';

const record = (name: string, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet => ({
  Name: `${name}.example.org.`,
  Type: 'A',
  TTL: 20,
  ResourceRecords: [{ Value: '192.0.2.1' }],
  ...more,
});
const weighted = (name: string, SetIdentifier: string, Weight = 10): ResourceRecordSet =>
  record(name, { SetIdentifier, Weight });

describe('Route 53', () => {
  let aws: EmulatedAws;
  beforeAll(async () => {
    aws = await EmulatedAws.start({ settings: { route53_calls_per_second: 0, zone_busy_seconds: 0 } });
  });
  afterAll(async () => {
    await aws.stop();
  });
  const recordsOf = async (name: string): Promise<ResourceRecordSet[]> => {
    const command = new ListResourceRecordSetsCommand({ HostedZoneId: await aws.zoneId() });
    const { ResourceRecordSets = [] } = await aws.route53.send(command);
    return ResourceRecordSets.filter(({ Name }) => Name === `${name}.example.org.`);
  };

  it.each([
    ['a record outside its zone', record('x', { Name: 'x.example.com.' }), /not permitted in zone/],
    ['a weight without a set identifier', record('x', { Weight: 1 }), /Missing set identifier/],
    ['a set identifier without a routing policy', record('x', { SetIdentifier: 'a' }), /Missing routing policy/],
    ['a weight of 256', weighted('x', 'a', 256), /not between 0 and 255/],
    ['a record without values', { Name: 'x.example.org.', Type: 'A' as const }, /Expected exactly one of/],
  ])('rejects %s', async (_what, invalid, message) => {
    await expect(aws.change('CREATE', invalid)).rejects.toMatchObject({
      name: 'InvalidChangeBatch',
      message: expect.stringMatching(message),
    });
  });

  it('applies a batch as a whole or not at all', async () => {
    await expect(aws.change('CREATE', record('whole'), record('whole'))).rejects.toThrow(/already exists/);
    expect(await recordsOf('whole')).toEqual([]);
  });

  it('refuses a simple record beside weighted ones, and a CNAME beside anything', async () => {
    await aws.change('CREATE', weighted('mixed', 'a'), weighted('mixed', 'b'));
    await expect(aws.change('CREATE', record('mixed'))).rejects.toThrow(/conflicting RRSet of type A/);
    const cname = record('mixed', { Type: 'CNAME', ResourceRecords: [{ Value: 'x.example.org' }] });
    await expect(aws.change('UPSERT', cname)).rejects.toThrow(/conflicting RRSet of type A/);
  });

  it('deletes one of several weighted records, by its exact values', async () => {
    await aws.change('CREATE', weighted('gone', 'a'), weighted('gone', 'b'));
    await expect(aws.change('DELETE', weighted('gone', 'c'))).rejects.toThrow(/was not found/);
    await expect(aws.change('DELETE', weighted('gone', 'a', 99))).rejects.toThrow(/do not match the current values/);
    await aws.change('DELETE', weighted('gone', 'a'));
    expect((await recordsOf('gone')).map(({ SetIdentifier }) => SetIdentifier)).toEqual(['b']);
  });

  it('lists a change that is PENDING at once', async () => {
    const statusOf = async (Id: string): Promise<string | undefined> =>
      (await aws.route53.send(new GetChangeCommand({ Id }))).ChangeInfo?.Status;
    await aws.emulator.control.changeSettings({ record_pending_seconds: 600 });
    const change = await aws.change('CREATE', record('pending'));
    expect([await statusOf(change), await recordsOf('pending')]).toEqual(['PENDING', [expect.anything()]]);
    await aws.emulator.control.changeSettings({ record_pending_seconds: 0 });
    expect(await statusOf(change)).toBe('INSYNC');
  });

  it('refuses a change of a zone while it processes another one', async () => {
    await aws.change('CREATE', record('first'));
    await aws.emulator.control.changeSettings({ zone_busy_seconds: 600 });
    await expect(aws.change('CREATE', record('second'))).rejects.toMatchObject({ name: 'PriorRequestNotComplete' });
    await aws.emulator.control.changeSettings({ zone_busy_seconds: 0 });
  });

  it('pages between the records of one name', async () => {
    await aws.change('CREATE', weighted('paged', 'a'), weighted('paged', 'b'), weighted('paged', 'c'));
    await aws.emulator.control.changeSettings({ page_size: 2 });
    const first = { HostedZoneId: await aws.zoneId(), StartRecordName: 'paged.example.org.' };
    const one = await aws.route53.send(new ListResourceRecordSetsCommand(first));
    expect(one).toMatchObject({ IsTruncated: true, NextRecordIdentifier: 'c' });
    const two = await aws.route53.send(
      new ListResourceRecordSetsCommand({
        ...first,
        StartRecordType: one.NextRecordType,
        StartRecordIdentifier: one.NextRecordIdentifier,
      }),
    );
    expect(two.ResourceRecordSets?.[0]).toMatchObject({ SetIdentifier: 'c' });
    await aws.emulator.control.changeSettings({ page_size: 0 });
  });

  it('throttles more calls than its rate', async () => {
    await aws.emulator.control.changeSettings({ route53_calls_per_second: 1 });
    await expect(Promise.all(Array.from({ length: 4 }, () => aws.zoneId()))).rejects.toMatchObject({
      name: 'Throttling',
      message: 'Rate exceeded',
    });
    await until('the rate to allow a call again', async () => (await aws.zoneId()) !== '');
    await aws.emulator.control.changeSettings({ route53_calls_per_second: 0 });
  });
});
