import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SenzaError } from '#senza';
import { senzaUpdate } from '#senza/commands/update.js';
import { failure, REGION, RepairTest } from './repair-test.js';
import { context } from './senza-runtime.js';

const QUEUE = 'Resources: {Q: {Type: "AWS::SQS::Queue"}}\n';

describe.each([
  ['without repairs', false],
  ['with repairs', true],
])('creating a stack with Senza %s', (_how, repaired) => {
  let senza: RepairTest;
  beforeAll(async () => {
    senza = await RepairTest.start(repaired);
  });
  afterAll(async () => {
    await senza.stop();
  });

  it(repaired ? 'takes a value of the request as data' : 'renders a value of the request', async () => {
    const definition =
      'SenzaInfo: {StackName: data, Parameters: [P: {Description: x}]}\n' +
      'SenzaComponents: [Configuration: {Type: "Senza::Configuration"}]\n' +
      'Resources: {Q: {Type: "AWS::SQS::Queue", Metadata: {X: "{{{Arguments.P}}}"}}}\n';
    const running = senza.create('data', '1', definition, { P: '{{> no-such-file}}' });
    if (repaired) await running;
    else await failure(running);
    expect((await senza.aws.control.calls({ action: 'CreateStack', stack: 'data-1' })).length).toBe(repaired ? 1 : 0);
  });

  it(`${repaired ? 'refuses' : 'creates'} another stack than the job's`, async () => {
    const definition =
      'SenzaInfo: {StackName: own, Parameters: [P: {Description: x}], X: "{{{Arguments.P}}}"}\n' +
      'Resources: {Q: {Type: "AWS::SQS::Queue"}}\n';
    const running = senza.create('own', '1', definition, { P: "a'\nStackName: elsewhere\nZ: 'b" });
    if (repaired) expect(await failure(running)).toMatchObject({ code: 'invalid_definition' });
    else await running;
    expect((await senza.aws.control.calls({ action: 'CreateStack', stack: 'elsewhere-1' })).length).toBe(
      repaired ? 0 : 1,
    );
  });

  it.each([
    ['a component without a type', 'SenzaComponents: [App: {Port: 1}]\n', 'SenzaComponents.App has no "Type"'],
    ['components that are no list', 'SenzaComponents: {App: {Type: "Senza::X"}}\n', 'SenzaComponents must be a list'],
    ['an empty section', 'Resources:\n', 'Resources is empty'],
    ...[
      ['Senza', 'Mappings: {"{{Arguments.P}}": {A: {B: c}}}', 'a template becomes a part of Mappings.Senza'],
      ['Outputs', '"{{Arguments.P}}": a', 'Outputs must be a mapping, not a string'],
      ['Type', 'SenzaComponents: [App: {Type: "Senza::Configuration", "{{Arguments.P}}": [a]}]', 'has no "Type"'],
    ].map(([name = '', text = '', sentence = '']) => [
      `a key that is rendered to ${name}`,
      `SenzaInfo: {StackName: bad, Parameters: [P: {Description: x, Default: ${name}}]}\n${QUEUE}${text}\n`,
      sentence,
    ]),
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
      'in the value of the tag "Mood"',
    ],
    [
      'a certificate that does not exist',
      'SenzaComponents:\n- Config: {Type: "Senza::StupsAutoConfiguration"}\n' +
        '- App: {Type: "Senza::WeightedDnsElasticLoadBalancerV2", HTTPPort: 80, SecurityGroups: [app-demo-lb], ' +
        'SSLCertificateId: "arn:aws:acm:eu-west-1:123456789012:certificate/none"}\nResources: {}\n',
      'The definition is not valid: ',
    ],
    [
      'a security group that does not exist',
      'SenzaComponents:\n- App: {Type: "Senza::AutoScalingGroup", InstanceType: t2.nano, Image: ami-0aa0000000000001a, ' +
        'SecurityGroups: [app-nope]}\nResources: {}\n',
      'Security Group "app-nope" does not exist',
    ],
    [
      'an unknown condition',
      'Resources: {Q: {Type: "AWS::SQS::Queue", Condition: Nope}}\n',
      'Resources.Q has the condition "Nope"',
    ],
    ...[
      [
        'a number as a security group',
        'SecurityGroups: [{Ref: G}, 5]',
        'SecurityGroups[1] must be a string, not a number',
      ],
      [
        'a text as auto scaling',
        'AutoScaling: "{{SenzaInfo.StackName}}"',
        'AutoScaling must be a mapping, not a string',
      ],
      [
        'a text as a minimum',
        'AutoScaling: {Minimum: few, Maximum: 2}',
        'AutoScaling.Minimum must be a number, not a string',
      ],
      [
        'a list as a source',
        'TaupageConfig: {runtime: Docker, source: [a]}',
        'TaupageConfig.source must be a string, not a list',
      ],
      ['no role', 'IamRoles: []', 'IamRoles must not be empty'],
      [
        'a condition of success that is too long',
        'AutoScaling: {Minimum: 1, Maximum: 2, SuccessRequires: "1 within 2m within 3m"}',
        'AutoScaling.SuccessRequires cannot be "1 within 2m within 3m"',
      ],
    ].map(([what = '', property = '', sentence = '']) => [
      `${what} in a component`,
      `SenzaComponents:\n- Config: {Type: "Senza::StupsAutoConfiguration"}\n- App: {Type: "Senza::TaupageAutoScalingGroup", ` +
        `InstanceType: t2.micro, TaupageConfig: {runtime: Docker, source: "a/b:1"}, ${property}}\n`,
      `the component "App" (Senza::TaupageAutoScalingGroup): ${sentence}`,
    ]),
    [
      'a null',
      'Resources: {Q: {Type: "AWS::SQS::Queue", Metadata: {A: [~]}}}\n',
      'Resources.Q.Metadata.A[0] has no value',
    ],
    [
      'a name of a component that is a number',
      'SenzaComponents:\n- 5: {Type: "Senza::AutoScalingGroup", InstanceType: t2.nano, Image: ami-0aa0000000000001a}\n',
      'is a number to YAML: put it in quotes',
    ],
    ['a number that JSON does not have', `Metadata: {A: .inf}\n${QUEUE}`, 'Metadata.A is inf'],
    [
      'too large a template',
      `Resources:\n${Array.from({ length: 400 }, (_, n) => `  Q${n}: {Type: "AWS::SQS::Queue", Properties: {QueueName: ${'x'.repeat(100)}}}\n`).join('')}`,
      'CloudFormation accepts 51,200 in a request; larger ones are sent by S3 when the operator of Lizzy sets TEMPLATE_BUCKET',
    ],
  ])(`${repaired ? 'says what is wrong with' : 'does not explain'} %s`, async (_what, section, sentence) => {
    const running = senza.create('bad', '1', `SenzaInfo: {StackName: bad}\n${section}`);
    const outcome = await running.then(
      () => 'created',
      (error: unknown) => (error instanceof SenzaError ? `${error.code}: ${error.message}` : String(error)),
    );
    if (repaired) expect(outcome).toMatch(/^invalid_definition: /);
    if (repaired) expect(outcome).toContain(sentence);
    else expect(outcome).not.toContain(sentence);
  });

  it.each(['this::Zen', 'senza.spotinst::ElastigroupApi', 'os.path::X', 'Senza::.', 'a/b::X', 'Senza::A.B'])(
    `${repaired ? 'runs no' : 'may run a'} module for %s, which is no component`,
    async (type) => {
      const definition = `SenzaInfo: {StackName: zen}\nSenzaComponents: [App: {Type: "${type}"}]\n${QUEUE}`;
      const { outputTail } = await failure(senza.create('zen', '1', definition));
      if (repaired) expect(outputTail).toContain(`Component "${type}" does not exist`);
      // Python prints it when the module `this` is imported.
      const poem = 'Beautiful is better than ugly';
      expect(outputTail.includes(poem)).toBe(!repaired && type.startsWith('this'));
    },
  );

  it('asks no Docker registry that the definition names', async () => {
    let requests = 0;
    const registry = createServer((_request, response) => {
      requests += 1;
      response.end('{"tags": ["1"]}');
    });
    registry.listen(0, '127.0.0.1');
    await once(registry, 'listening');
    const address = registry.address();
    const host = typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
    const definition =
      'SenzaInfo: {StackName: image}\nSenzaComponents:\n- Config: {Type: "Senza::Configuration"}\n' +
      '- App: {Type: "Senza::TaupageAutoScalingGroup", InstanceType: t2.nano, ' +
      `TaupageConfig: {runtime: Docker, source: "${host}/a/b:1"}}\n`;
    await senza.create('image', '1', definition).catch(() => undefined);
    registry.close();
    expect(requests).toBe(0);
  });

  it.each([
    ['CreateStack', repaired ? 'one sentence' : 'a traceback', 'Traceback (most recent call last)'],
    ['UpdateStack', repaired ? 'one sentence' : "AWS's whole response", "'ResponseMetadata': {"],
  ] as const)('ends with what AWS says to %s in %s', async (action, _how, withoutRepair) => {
    const definition = `SenzaInfo: {StackName: refused}\n${QUEUE}`;
    const [code, message] = ['InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_IAM]'];
    if (action === 'UpdateStack') await senza.create('refused', '1', definition);
    await senza.aws.control.addFault({ kind: 'error', action, code, message });
    const request = { region: REGION, stackName: 'refused', stackVersion: '1', definition, parameters: new Map() };
    const { outputTail } = await failure(
      action === 'UpdateStack'
        ? senza.runtime.senza.run(senzaUpdate, request, context())
        : senza.create('refused', '1', definition),
    );
    const sentence = `AWS refused the call: An error occurred (${code}) when calling the ${action} operation: ${message}`;
    expect([outputTail.includes(sentence), outputTail.includes(withoutRepair)]).toEqual([repaired, !repaired]);
  });

  it(`${repaired ? 'names' : 'does not name'} the component that needs a service which cannot be reached`, async () => {
    const definition = `SenzaInfo: {StackName: core}\nSenzaComponents:\n- Config: {Type: "Senza::CoreosAutoConfiguration"}\n${QUEUE}`;
    const { message } = await failure(senza.create('core', '1', definition));
    const sentence = 'the component "Config" (Senza::CoreosAutoConfiguration) needs coreos.com, which did not answer';
    expect(message.includes(sentence)).toBe(repaired);
  });

  it(`${repaired ? 'puts' : 'does not put'} the record of a load balancer into the most specific hosted zone`, async () => {
    await senza.createZone('a.example.org');
    const listener =
      '{Type: "AWS::ElasticLoadBalancingV2::Listener", Properties: {LoadBalancerArn: {Ref: App}, Port: 80, Protocol: HTTP, ' +
      'DefaultActions: [{Type: forward, TargetGroupArn: {Ref: AppTargetGroup}}]}}';
    const definition =
      'SenzaInfo: {StackName: deep}\nSenzaComponents:\n- Config: {Type: "Senza::StupsAutoConfiguration"}\n' +
      '- App: {Type: "Senza::WeightedDnsElasticLoadBalancerV2", HTTPPort: 80, SecurityGroups: [app-demo-lb], ' +
      `MainDomain: web.a.example.org, VersionDomain: "Web-1.A.example.org.", Listeners: [${listener}]}\nResources: {}\n`;
    const running = senza.create('deep', '1', definition);
    if (repaired) await running;
    else expect((await failure(running)).message).toContain('Aborted!');
    expect(await senza.recordNames('a.example.org')).toEqual(
      repaired ? ['web-1.a.example.org.', 'web.a.example.org.'] : [],
    );
  });

  it(`${repaired ? 'says what to set' : 'asks on a terminal that is not there'} when there are two hosted zones`, async () => {
    await senza.createZone('example.net');
    const definition =
      'SenzaInfo: {StackName: zones}\n' +
      'Resources: {Q: {Type: "AWS::SQS::Queue", Metadata: {D: "{{AccountInfo.Domain}}"}}}\n';
    const error = await failure(senza.create('zones', '1', definition));
    if (repaired) expect(error).toMatchObject({ code: 'invalid_definition' });
    if (repaired) expect(error.message).toContain('choose one by MainDomain and VersionDomain');
    else expect(error.message).toContain('Aborted!');
  });
});
