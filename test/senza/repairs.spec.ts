import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { ListHostedZonesCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { SenzaError } from '#senza';
import { senzaCreate } from '#senza/commands/create.js';
import { senzaPatch } from '#senza/commands/patch.js';
import { senzaRespawnInstances } from '#senza/commands/respawn-instances.js';
import { senzaSwitchTraffic } from '#senza/commands/traffic.js';
import { type AwsEmulator, NO_LAG, startAwsEmulator } from '../../local/services/index.js';
import { scalable } from '../support/definitions.js';
import { context, type RuntimeFixture, startRuntime } from './senza-runtime.js';

const REGION = 'eu-west-1';
/** Not the newest image of local/aws-emulator/images.json. */
const OLDER_IMAGE = 'ami-0aa0000000000001a';
const RECORD =
  'Type: A, HostedZoneName: example.org., TTL: "20", ResourceRecords: ["192.0.2.{{SenzaInfo.StackVersion}}"], ' +
  'SetIdentifier: "{{SenzaInfo.StackName}}-{{SenzaInfo.StackVersion}}", Weight: 0';

const QUEUE = 'Resources: {Q: {Type: "AWS::SQS::Queue"}}\n';

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
])('Senza %s', (_how, repaired) => {
  let aws: AwsEmulator;
  let fixture: RuntimeFixture;
  let route53: Route53Client;
  let autoScaling: AutoScalingClient;
  beforeAll(async () => {
    aws = await startAwsEmulator({ settings: NO_LAG });
    fixture = await startRuntime({ repairs: repaired, environment: aws.env });
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    route53 = new Route53Client({ region: REGION, endpoint: aws.url, credentials });
    autoScaling = new AutoScalingClient({ region: REGION, endpoint: aws.url, credentials });
  });
  afterAll(async () => {
    route53.destroy();
    autoScaling.destroy();
    await fixture.stop();
    await aws.stop();
  });

  async function create(
    stackName: string,
    stackVersion: string,
    definition: string,
    parameters: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const tags = new Map([['LizzyJobId', 'job']]);
    const request = { region: REGION, stackName, stackVersion, definition, tags };
    const { output } = await fixture.senza.run(
      senzaCreate,
      { ...request, parameters: new Map(Object.entries(parameters)) },
      context(),
    );
    return output;
  }

  const failure = (running: Promise<unknown>): Promise<SenzaError> =>
    running.then(
      () => Promise.reject(new Error('it succeeded')),
      (error: unknown) => (error instanceof SenzaError ? error : Promise.reject(new Error('another error'))),
    );

  async function switchTo(stackName: string, stackVersion: string, percentage: number): Promise<unknown> {
    const request = { region: REGION, stackName, stackVersion, percentage };
    return await fixture.senza.run(senzaSwitchTraffic, request, context());
  }

  async function zoneId(): Promise<string> {
    const { HostedZones: zones = [] } = await route53.send(new ListHostedZonesCommand({}));
    return zones.find(({ Name }) => Name === 'example.org.')?.Id ?? '';
  }

  async function weights(domain: string): Promise<Record<string, number>> {
    const request = new ListResourceRecordSetsCommand({ HostedZoneId: await zoneId() });
    const { ResourceRecordSets: records = [] } = await route53.send(request);
    const ours = records.filter(({ Name }) => Name === `${domain}.example.org.`);
    return Object.fromEntries(ours.map(({ SetIdentifier, Weight }) => [SetIdentifier ?? '', Weight ?? 0]));
  }

  async function group(stack: string): Promise<{ name: string; sizes: number[]; suspended: string[] }> {
    const { AutoScalingGroups: groups = [] } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    const found = groups.find(({ AutoScalingGroupName: name = '' }) => name.startsWith(`${stack}-`));
    return {
      name: found?.AutoScalingGroupName ?? '',
      sizes: [found?.MinSize ?? NaN, found?.MaxSize ?? NaN, found?.DesiredCapacity ?? NaN],
      suspended: (found?.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName ?? '').sort(),
    };
  }

  it(`${repaired ? 'keeps' : 'overwrites'} a NoEcho parameter when traffic is switched`, async () => {
    const definition = withDomains('secret', ['secret'], ', Parameters: [Key: {Description: x, NoEcho: true}]');
    await create('secret', '1', `SenzaComponents: [Configuration: {Type: "Senza::Configuration"}]\n${definition}`, {
      Key: 'hush',
    });
    await switchTo('secret', '1', 100);
    const { parameters } = await aws.control.readStack(REGION, 'secret-1');
    expect(parameters).toEqual({ Key: repaired ? 'hush' : '****' });
  });

  it(`${repaired ? 'gives each' : 'mixes the weights'} of two domains ${repaired ? 'its own weights' : 'up'}`, async () => {
    await create('web', '1', withDomains('web', ['web']));
    await switchTo('web', '1', 100);
    await create('web', '2', withDomains('web', ['web', 'web-pub']));
    const right = { web: { 'web-1': 140, 'web-2': 60 }, pub: { 'web-2': 200 } };
    const switched = await switchTo('web', '2', 30).then(
      () => true,
      () => false,
    );
    const after = { web: await weights('web'), pub: await weights('web-pub') };
    if (repaired) expect({ switched, after }).toEqual({ switched: true, after: right });
    else expect(after).not.toEqual(right);
  });

  it(`${repaired ? 'keeps' : 'loses'} the health check of a record that belongs to no stack`, async () => {
    await create('mig', '1', withDomains('mig', ['mig']));
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
    const HostedZoneId = await zoneId();
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: batch }));
    await switchTo('mig', '1', 10);
    expect(await weights('mig')).toEqual({ legacy: 180, 'mig-1': 20 });
    const { ResourceRecordSets: records = [] } = await route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId }),
    );
    const legacy = records.find(({ SetIdentifier }) => SetIdentifier === 'legacy');
    expect(legacy?.HealthCheckId).toBe(repaired ? record.HealthCheckId : undefined);
  });

  it(repaired ? 'takes a value of the request as data' : 'renders a value of the request', async () => {
    const definition =
      'SenzaInfo: {StackName: data, Parameters: [P: {Description: x}]}\n' +
      'SenzaComponents: [Configuration: {Type: "Senza::Configuration"}]\n' +
      'Resources: {Q: {Type: "AWS::SQS::Queue", Metadata: {X: "{{{Arguments.P}}}"}}}\n';
    const running = create('data', '1', definition, { P: '{{> no-such-file}}' });
    if (repaired) await running;
    else await failure(running);
    expect((await aws.control.calls({ action: 'CreateStack', stack: 'data-1' })).length).toBe(repaired ? 1 : 0);
  });

  it(`${repaired ? 'refuses' : 'creates'} another stack than the job's`, async () => {
    const definition =
      'SenzaInfo: {StackName: own, Parameters: [P: {Description: x}], X: "{{{Arguments.P}}}"}\n' +
      'Resources: {Q: {Type: "AWS::SQS::Queue"}}\n';
    const running = create('own', '1', definition, { P: "a'\nStackName: elsewhere\nZ: 'b" });
    if (repaired) expect(await failure(running)).toMatchObject({ code: 'invalid_definition' });
    else await running;
    expect((await aws.control.calls({ action: 'CreateStack', stack: 'elsewhere-1' })).length).toBe(repaired ? 0 : 1);
  });

  it.each([
    ['a component without a type', 'SenzaComponents: [App: {Port: 1}]\n', 'SenzaComponents.App has no "Type"'],
    ['components that are no list', 'SenzaComponents: {App: {Type: "Senza::X"}}\n', 'SenzaComponents must be a list'],
    ['an empty section', 'Resources:\n', 'Resources is empty'],
    [
      'a date in a policy',
      'Resources: {R: {Type: "AWS::IAM::Role", Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17}}}}\n',
      'Resources.R.Properties.AssumeRolePolicyDocument.Version is a date to YAML',
    ],
    ['a template without resources', 'Resources: {}\n', 'the template has no resources'],
    ['a description of 1,025 bytes', `Description: ${'x'.repeat(1025)}\n${QUEUE}`, 'CloudFormation accepts 1,024'],
    [
      'a name with a hyphen',
      'Resources: {a-b: {Type: "AWS::SQS::Queue"}}\n',
      'the name Resources.a-b may have letters',
    ],
    [
      'a reference to nothing',
      'Resources: {Q: {Type: "AWS::SQS::Queue", Metadata: {A: [{"Fn::Sub": "${AWS::Region} ${Nope.Arn}"}]}}}\n',
      'Resources.Q.Metadata.A[0] refers to "Nope"',
    ],
    [
      'a dependency on nothing',
      'Resources: {Q: {Type: "AWS::SQS::Queue", DependsOn: [Nope]}}\n',
      'Resources.Q depends on "Nope"',
    ],
    [
      'properties that are a number',
      'Resources: {Q: {Type: "AWS::SQS::Queue", Properties: 5}}\n',
      'Resources.Q.Properties must be a mapping',
    ],
    ['an output without a value', `Outputs: {A: }\n${QUEUE}`, 'Outputs.A must be a mapping with a "Value"'],
    [
      'a tag with a character that CloudFormation does not accept',
      `SenzaInfo: {StackName: bad, Tags: {Mood: "\u{1F600}"}}\n${QUEUE}`,
      'the value of the tag "Mood" has a character',
    ],
    [
      'a certificate that does not exist',
      'SenzaComponents:\n- Config: {Type: "Senza::StupsAutoConfiguration"}\n' +
        '- App: {Type: "Senza::WeightedDnsElasticLoadBalancerV2", HTTPPort: 80, SecurityGroups: [app-demo-lb], ' +
        'SSLCertificateId: "arn:aws:acm:eu-west-1:123456789012:certificate/none"}\nResources: {}\n',
      'definition.yaml is not a valid senza definition: ',
    ],
    [
      'an unknown condition',
      'Resources: {Q: {Type: "AWS::SQS::Queue", Condition: Nope}}\n',
      'Resources.Q has the condition "Nope"',
    ],
    ['a number that JSON does not have', `Metadata: {A: .inf}\n${QUEUE}`, 'Metadata.A is inf'],
    [
      'too large a template',
      `Resources:\n${Array.from({ length: 400 }, (_, n) => `  Q${n}: {Type: "AWS::SQS::Queue", Properties: {QueueName: ${'x'.repeat(100)}}}\n`).join('')}`,
      'CloudFormation accepts 51,200 in a request; larger ones are sent by S3 when the operator of Lizzy sets TEMPLATE_BUCKET',
    ],
  ])(`${repaired ? 'says what is wrong with' : 'does not explain'} %s`, async (_what, section, sentence) => {
    const running = create('bad', '1', `SenzaInfo: {StackName: bad}\n${section}`);
    const outcome = await running.then(
      () => 'created',
      (error: unknown) => (error instanceof SenzaError ? `${error.code}: ${error.message}` : String(error)),
    );
    if (repaired) expect(outcome).toMatch(/^invalid_definition: /);
    if (repaired) expect(outcome).toContain(sentence);
    else expect(outcome).not.toContain(sentence);
  });

  it(`${repaired ? 'fails at once' : 'calls again'} when AWS throttles a call`, async () => {
    await aws.control.addFault({ kind: 'throttle', service: 'cloudformation', action: 'ListStacks', times: 3 });
    const running = switchTo('web', '2', 30);
    if (repaired) expect(await failure(running)).toMatchObject({ code: 'throttled' });
    else await running.catch(() => undefined);
    const calls = await aws.control.calls({ action: 'ListStacks' });
    const throttled = calls.filter(({ status }) => status === 400);
    const next = calls.find(({ seq }) => seq > (throttled.at(-1)?.seq ?? 0));
    if (repaired) expect(next).toBeUndefined();
    else expect(next).toBeDefined();
  });

  it(`${repaired ? 'restores' : 'leaves larger'} a group whose replacement of instances is cut off`, async () => {
    await create('grp', '1', scalable('grp'), { ImageVersion: '1' });
    const reference = { region: REGION, stackName: 'grp', stackVersion: '1' };
    await fixture.senza.run(senzaPatch, { ...reference, image: OLDER_IMAGE }, context());
    const before = await group('grp-1');
    await autoScaling.send(
      new SuspendProcessesCommand({ AutoScalingGroupName: before.name, ScalingProcesses: ['ScheduledActions'] }),
    );
    const action = 'TerminateInstanceInAutoScalingGroup';
    await aws.control.addFault({ kind: 'delay', action, seconds: 60 });
    const cancel = new AbortController();
    const onLine = (_stream: string, line: string): void => {
      if (line.startsWith('Terminating old instance')) cancel.abort();
    };
    const running = fixture.senza.run(senzaRespawnInstances, reference, context({ signal: cancel.signal, onLine }));
    expect(await failure(running)).toMatchObject({ code: 'cancelled', signal: 'SIGTERM' });
    const suspended = repaired ? ['ScheduledActions'] : ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];
    const sizes = repaired ? before.sizes : before.sizes.map((size) => size + 1);
    expect(await group('grp-1')).toEqual({ ...before, sizes, suspended });
  });

  it(`${repaired ? 'says what to set' : 'asks on a terminal that is not there'} when there are two hosted zones`, async () => {
    await route53.send(new CreateHostedZoneCommand({ Name: 'example.net', CallerReference: String(Math.random()) }));
    const definition =
      'SenzaInfo: {StackName: zones}\n' +
      'Resources: {Q: {Type: "AWS::SQS::Queue", Metadata: {D: "{{AccountInfo.Domain}}"}}}\n';
    const error = await failure(create('zones', '1', definition));
    if (repaired) expect(error).toMatchObject({ code: 'invalid_definition' });
    if (repaired) expect(error.message).toContain('choose one by MainDomain and VersionDomain');
    else expect(error.message).toContain('Aborted!');
  });
});
