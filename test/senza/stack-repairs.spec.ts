import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DescribeAutoScalingGroupsCommand, SuspendProcessesCommand } from '@aws-sdk/client-auto-scaling';
import { ChangeResourceRecordSetsCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { senzaPatch } from '#senza/commands/patch.js';
import { senzaRespawnInstances } from '#senza/commands/respawn-instances.js';
import { scalable } from '../support/definitions.js';
import { ExternalActor } from '../support/external-actor.js';
import { failure, REGION, RepairTest } from './repair-test.js';
import { context } from './senza-runtime.js';

/** Not the newest image of local/aws-emulator/images.json. */
const OLDER_IMAGE = 'ami-0aa0000000000001a';
const RECORD =
  'Type: A, HostedZoneName: example.org., TTL: "20", ResourceRecords: ["192.0.2.{{SenzaInfo.StackVersion}}"], ' +
  'SetIdentifier: "{{SenzaInfo.StackName}}-{{SenzaInfo.StackVersion}}", Weight: 0';

function withDomains(name: string, domains: readonly string[], info = ''): string {
  const records = domains.map(
    (domain, index) =>
      `  MainDomain${index}: {Type: "AWS::Route53::RecordSet", Properties: {Name: ${domain}.example.org., ${RECORD}}}\n`,
  );
  return `SenzaInfo: {StackName: ${name}${info}}\nResources:\n${records.join('')}`;
}

describe.each([
  ['without repairs', false],
  ['with repairs', true],
])('changing stacks with Senza %s', (_how, repaired) => {
  let senza: RepairTest;
  beforeAll(async () => {
    senza = await RepairTest.start(repaired);
  });
  afterAll(async () => {
    await senza.stop();
  });

  async function weights(domain: string): Promise<Record<string, number>> {
    const request = new ListResourceRecordSetsCommand({ HostedZoneId: await senza.zoneId() });
    const { ResourceRecordSets: records = [] } = await senza.route53.send(request);
    const ours = records.filter(({ Name }) => Name === `${domain}.example.org.`);
    return Object.fromEntries(ours.map(({ SetIdentifier, Weight }) => [SetIdentifier ?? '', Weight ?? 0]));
  }

  async function group(stack: string): Promise<{ name: string; sizes: number[]; suspended: string[] }> {
    const { AutoScalingGroups: groups = [] } = await senza.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    const found = groups.find(({ AutoScalingGroupName: name = '' }) => name.startsWith(`${stack}-`));
    return {
      name: found?.AutoScalingGroupName ?? '',
      sizes: [found?.MinSize ?? NaN, found?.MaxSize ?? NaN, found?.DesiredCapacity ?? NaN],
      suspended: (found?.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? '').sort(),
    };
  }

  it(`${repaired ? 'keeps' : 'overwrites'} a NoEcho parameter when traffic is switched`, async () => {
    const definition = withDomains('secret', ['secret'], ', Parameters: [Key: {Description: x, NoEcho: true}]');
    await senza.create(
      'secret',
      '1',
      `SenzaComponents: [Configuration: {Type: "Senza::Configuration"}]\n${definition}`,
      {
        Key: 'hush',
      },
    );
    await senza.switchTo('secret', '1', 100);
    const { parameters } = await senza.aws.control.readStack(REGION, 'secret-1');
    expect(parameters).toEqual({ Key: repaired ? 'hush' : '****' });
  });

  it(`${repaired ? 'gives each' : 'mixes the weights'} of two domains ${repaired ? 'its own weights' : 'up'}`, async () => {
    await senza.create('web', '1', withDomains('web', ['web']));
    await senza.switchTo('web', '1', 100);
    await senza.create('web', '2', withDomains('web', ['web', 'web-pub']));
    const right = { web: { 'web-1': 140, 'web-2': 60 }, pub: { 'web-2': 200 } };
    const switched = await senza.switchTo('web', '2', 30).then(
      () => true,
      () => false,
    );
    const after = { web: await weights('web'), pub: await weights('web-pub') };
    if (repaired) expect({ switched, after }).toEqual({ switched: true, after: right });
    else expect(after).not.toEqual(right);
  });

  it(`${repaired ? 'keeps' : 'loses'} the health check of a record that belongs to no stack`, async () => {
    await senza.create('mig', '1', withDomains('mig', ['mig']));
    const record = {
      Name: 'mig.example.org.',
      Type: 'A' as const,
      TTL: 20,
      SetIdentifier: 'legacy',
      Weight: 200,
      HealthCheckId: '01234567-89ab-cdef-0123-456789abcdef',
      ResourceRecords: [{ Value: '198.51.100.7' }],
    };
    const batch = { Changes: [{ Action: 'UPSERT' as const, ResourceRecordSet: record }] };
    const HostedZoneId = await senza.zoneId();
    await senza.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: batch }));
    await senza.switchTo('mig', '1', 10);
    expect(await weights('mig')).toEqual({ legacy: 180, 'mig-1': 20 });
    const { ResourceRecordSets: records = [] } = await senza.route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId }),
    );
    const legacy = records.find(({ SetIdentifier }) => SetIdentifier === 'legacy');
    expect(legacy?.HealthCheckId).toBe(repaired ? record.HealthCheckId : undefined);
  });

  it(`${repaired ? 'keeps' : 'deletes'} a CNAME record in a dry run of a load balancer with its domain`, async () => {
    const balancer = (name: string): string =>
      `SenzaInfo: {StackName: ${name}}\nSenzaComponents:\n- Config: {Type: "Senza::StupsAutoConfiguration"}\n` +
      '- App: {Type: "Senza::WeightedDnsElasticLoadBalancerV2", HTTPPort: 80, SecurityGroups: [app-demo-lb]}\nResources: {}\n';
    const cname = (name: string, Value: string) => ({
      Name: `${name}.example.org.`,
      Type: 'CNAME' as const,
      TTL: 20,
      SetIdentifier: 'legacy',
      Weight: 200,
      ResourceRecords: [{ Value }],
    });
    const HostedZoneId = await senza.zoneId();
    const records = async (name: string) => {
      const { ResourceRecordSets: all = [] } = await senza.route53.send(
        new ListResourceRecordSetsCommand({ HostedZoneId, MaxItems: 300 }),
      );
      return all.filter(({ Name }) => Name === `${name}.example.org.`);
    };
    const add = async (record: ReturnType<typeof cname>): Promise<void> => {
      const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet: record }] };
      await senza.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
    };
    // The emulator gives all classic load balancers names of this region.
    const Listeners = [{ InstancePort: '80', LoadBalancerPort: '80', Protocol: 'HTTP' }];
    const numbers = { HealthyThreshold: '2', UnhealthyThreshold: '2', Interval: '10', Timeout: '5' };
    const HealthCheck = { Target: 'HTTP:80/health', ...numbers };
    const Properties = { LoadBalancerName: 'classic', AvailabilityZones: ['us-east-1a'], Listeners, HealthCheck };
    const classic = { Resources: { LB: { Type: 'AWS::ElasticLoadBalancing::LoadBalancer', Properties } } };
    await new ExternalActor(senza.aws).createStack('classic', '1', classic, { region: 'us-east-1' });
    await add(cname('kept', 'classic.us-east-1.elb.amazonaws.com'));
    await senza.create('kept', '1', balancer('kept'), {}, { dryRun: true });
    expect((await records('kept')).map(({ Type }) => Type)).toEqual([repaired ? 'CNAME' : 'A']);
    await senza.create('kept', '1', balancer('kept'));
    const [alias, own] = (await records('kept')).sort((one, other) => (other.Weight ?? 0) - (one.Weight ?? 0));
    expect(alias).toMatchObject({
      Type: 'A',
      SetIdentifier: 'legacy',
      Weight: 200,
      AliasTarget: { DNSName: expect.stringContaining('classic.us-east-1.elb.amazonaws.com') },
    });
    expect(own).toMatchObject({ Type: 'A', SetIdentifier: 'kept-1', Weight: 0 });
    await add(cname('old', 'old.example.net'));
    const running = senza.create('old', '1', balancer('old'), {}, { dryRun: true });
    if (repaired) expect((await failure(running)).message).toContain('old.example.org ("legacy") is a CNAME record');
    else await running.catch(() => undefined);
    expect((await records('old')).map(({ Type }) => Type === 'CNAME')).toEqual(
      repaired ? [true] : expect.not.arrayContaining([true]),
    );
  });

  it(`${repaired ? 'fails at once' : 'calls again'} when AWS throttles a call`, async () => {
    await senza.aws.control.addFault({ kind: 'throttle', service: 'cloudformation', action: 'ListStacks', times: 3 });
    const running = senza.switchTo('web', '2', 30);
    if (repaired) expect(await failure(running)).toMatchObject({ code: 'throttled' });
    else await running.catch(() => undefined);
    const calls = await senza.aws.control.calls({ action: 'ListStacks' });
    const throttled = calls.filter(({ status }) => status === 400);
    const next = calls.find(({ seq }) => seq > (throttled.at(-1)?.seq ?? 0));
    if (repaired) expect(next).toBeUndefined();
    else expect(next).toBeDefined();
  });

  it(`${repaired ? 'restores' : 'leaves larger'} a group whose replacement of instances is interrupted`, async () => {
    await senza.create('grp', '1', scalable('grp'), { ImageVersion: '1' });
    const reference = { region: REGION, stackName: 'grp', stackVersion: '1' };
    await senza.runtime.senza.run(senzaPatch, { ...reference, image: OLDER_IMAGE }, context());
    const before = await group('grp-1');
    await senza.autoScaling.send(
      new SuspendProcessesCommand({ AutoScalingGroupName: before.name, ScalingProcesses: ['ScheduledActions'] }),
    );
    const action = 'TerminateInstanceInAutoScalingGroup';
    await senza.aws.control.addFault({ kind: 'delay', action, seconds: 60 });
    const cancel = new AbortController();
    const onLine = (_stream: string, line: string): void => {
      if (line.startsWith('Terminating old instance')) cancel.abort();
    };
    const running = senza.runtime.senza.run(
      senzaRespawnInstances,
      reference,
      context({ signal: cancel.signal, onLine }),
    );
    expect(await failure(running)).toMatchObject({ code: 'cancelled', signal: 'SIGTERM' });
    const suspended = repaired ? ['ScheduledActions'] : ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];
    const sizes = repaired ? before.sizes : before.sizes.map((size) => size + 1);
    expect(await group('grp-1')).toEqual({ ...before, sizes, suspended });
  });
});
