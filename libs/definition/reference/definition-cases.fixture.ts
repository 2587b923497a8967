import { type DefinitionErrorCode } from '../errors/definition-error.js';

/** A definition, what the agent says of it, and what it is deployed with. The real Senza must agree. */
export interface DefinitionCase {
  readonly title: string;
  readonly text: string;
  readonly expected: 'accepted' | DefinitionErrorCode;
  /** JSON pointer of what is wrong. */
  readonly pointer?: string;
  readonly parameters?: readonly string[];
}

const QUEUE = '  Queue: {Type: AWS::SQS::Queue}\n';
const RESOURCES = `Resources:\n${QUEUE}`;
const info = (rest = ''): string => `SenzaInfo:\n  StackName: demo\n${rest}`;
const withInfo = (rest: string): string => info(rest) + RESOURCES;
const withRoot = (rest: string): string => info() + RESOURCES + rest;
const CONFIGURATION = '- Config: {Type: Senza::Configuration}\n';
const STUPS = '- Config: {Type: Senza::StupsAutoConfiguration}\n';
const components = (...list: readonly string[]): string => `${info()}SenzaComponents:\n${list.join('')}`;
const withQueue = (definition: string): string => definition + RESOURCES;
const PARAMETER = '  Parameters:\n  - X: {Description: x}\n';
const withParameter = (rest: string): string => info(PARAMETER) + RESOURCES + rest;
const SERVER =
  '- Server: {Type: Senza::TaupageAutoScalingGroup, InstanceType: t2.micro, TaupageConfig: {runtime: Docker, source: a/b:1';

function accepted(title: string, text: string, parameters: readonly string[] = []): DefinitionCase {
  return { title, text, expected: 'accepted', parameters };
}
function refused(
  expected: DefinitionErrorCode,
  title: string,
  text: string,
  pointer: string,
  parameters: readonly string[] = [],
): DefinitionCase {
  return { title, text, expected, pointer, parameters };
}

const DATE = 'Version: 2012-10-17';
const POLICY_OF = (version: string): string =>
  `  Policy: {Type: "AWS::SQS::QueuePolicy", Properties: {Queues: [], PolicyDocument: {${version}, Statement: []}}}\n`;

/** Kinds of faults, and what looks like one and is none. */
export const DEFINITION_CASES: readonly DefinitionCase[] = [
  accepted('smallest', withInfo('')),
  accepted(
    'empty resources in braces',
    `${components(CONFIGURATION, '- Role: {Type: Senza::IamRole, Policies: []}\n')}Resources: {}\n`,
  ),
  refused('invalid_template', 'nothing below Resources', `${info()}Resources:\n`, '/Resources'),
  refused('invalid_template', 'Resources as a list', `${info()}Resources: [Queue]\n`, '/Resources'),
  refused(
    'invalid_template',
    'a resource without a type',
    `${info()}Resources: {Q: {Properties: {}}}\n`,
    '/Resources/Q',
  ),
  refused('invalid_template', 'a resource that is empty', `${info()}Resources: {Q: }\n`, '/Resources/Q'),
  refused(
    'invalid_template',
    'a resource type that is a number',
    `${info()}Resources: {Q: {Type: 1}}\n`,
    '/Resources/Q/Type',
  ),
  refused(
    'invalid_template',
    'an IAM resource with empty properties',
    `${info()}Resources: {R: {Type: "AWS::IAM::Role", Properties: }}\n`,
    '/Resources/R/Properties',
  ),
  refused('invalid_template', 'nothing below Mappings', withRoot('Mappings:\n'), '/Mappings'),
  refused('invalid_template', 'Mappings.Senza as a text', withRoot('Mappings: {Senza: x}\n'), '/Mappings/Senza'),
  refused('invalid_template', 'nothing below Parameters', withRoot('Parameters:\n'), '/Parameters'),
  refused(
    'invalid_parameters',
    'a parameter that Senza does not know',
    withRoot('Parameters: {Size: {Type: String, Default: "1"}}\n'),
    '/Parameters/Size',
  ),
  accepted('a parameter that Senza knows', withParameter('Parameters: {X: {Type: String}}\n'), ['x']),

  refused(
    'invalid_template',
    'a date in a policy',
    `${info()}${RESOURCES}${POLICY_OF(DATE)}`,
    '/Resources/Policy/Properties/PolicyDocument/Version',
  ),
  refused('invalid_template', 'a date as a key', withRoot('Metadata: {2012-10-17: x}\n'), '/Metadata/2012-10-17'),
  refused('invalid_template', 'a time', withRoot('Metadata: {At: 2012-10-17 12:00:00}\n'), '/Metadata/At'),
  refused(
    'invalid_template',
    'a date as a default',
    withInfo('  Parameters: [{X: {Default: 2012-10-17}}]\n'),
    '/SenzaInfo/Parameters/0/X/Default',
  ),
  refused('invalid_template', 'binary data', withRoot('Metadata: {Key: !!binary aGk=}\n'), '/Metadata/Key'),
  refused(
    'invalid_template',
    'a number that JSON does not have',
    withRoot('Metadata: {Key: -.inf}\n'),
    '/Metadata/Key',
  ),
  refused('invalid_template', 'a set', withRoot('Metadata: {Key: !!set {a, b}}\n'), '/Metadata/Key'),
  refused('invalid_template', 'pairs', withRoot('Metadata: {Key: !!pairs [a: 1]}\n'), '/Metadata/Key'),
  accepted('a date in quotes', withRoot('Metadata: {Version: "2012-10-17"}\n')),
  accepted('a date in a Taupage configuration', components(STUPS, `${SERVER}, environment: {SINCE: 2012-10-17}}}\n`)),
  refused(
    'invalid_template',
    'a date in the policy of a component',
    components(CONFIGURATION, `- Role: {Type: Senza::IamRole, Policies: [{PolicyDocument: {${DATE}}}]}\n`),
    '/SenzaComponents/1/Role/Policies/0/PolicyDocument/Version',
  ),

  accepted('tags', withInfo('  Tags: {Team: a, Note: "{{Arguments.version}}"}\n')),
  accepted('tags as a list', withInfo('  Tags: [{Team: a, Note: b}, {Area: c}]\n')),
  accepted('tags that are a text, which Senza ignores', withInfo('  Tags: none\n')),
  accepted('a number in quotes as a tag', withInfo('  Tags: {CostCenter: "4711"}\n')),
  refused('invalid_tags', 'a number as a tag', withInfo('  Tags: {CostCenter: 4711}\n'), '/SenzaInfo/Tags/CostCenter'),
  refused(
    'invalid_tags',
    'a number as a tag in a list',
    withInfo('  Tags: [{CostCenter: 4711}]\n'),
    '/SenzaInfo/Tags/0/CostCenter',
  ),
  refused('invalid_tags', 'a boolean as a tag', withInfo('  Tags: {Public: yes}\n'), '/SenzaInfo/Tags/Public'),
  refused('invalid_tags', 'a tag without a value', withInfo('  Tags: {Team: }\n'), '/SenzaInfo/Tags/Team'),
  refused('invalid_tags', 'a list as a tag', withInfo('  Tags: {Team: [a]}\n'), '/SenzaInfo/Tags/Team'),
  refused('invalid_tags', 'a number as the key of a tag', withInfo('  Tags: {1: a}\n'), '/SenzaInfo/Tags/1'),
  refused('invalid_tags', 'a text in a list of tags', withInfo('  Tags: [Team]\n'), '/SenzaInfo/Tags/0'),

  accepted('an empty mapping of components', `${withInfo('')}SenzaComponents: {}\n`),
  refused(
    'invalid_components',
    'nothing below SenzaComponents',
    `${withInfo('')}SenzaComponents:\n`,
    '/SenzaComponents',
  ),
  refused(
    'invalid_components',
    'components as a mapping',
    `${withInfo('')}SenzaComponents: {Config: {Type: Senza::Configuration}}\n`,
    '/SenzaComponents',
  ),
  refused('invalid_components', 'components as a text', `${withInfo('')}SenzaComponents: Config\n`, '/SenzaComponents'),
  refused('invalid_components', 'a component that is a text', components('- Config\n'), '/SenzaComponents/0'),
  refused(
    'invalid_components',
    'a component without properties',
    components('- Config:\n'),
    '/SenzaComponents/0/Config',
  ),
  refused(
    'invalid_components',
    'a component with wrong indentation',
    components('- Config:\n  Type: Senza::Configuration\n'),
    '/SenzaComponents/0/Config',
  ),
  refused(
    'invalid_components',
    'a component without a type',
    components('- Config: {A: 1}\n'),
    '/SenzaComponents/0/Config',
  ),
  refused(
    'invalid_components',
    'a component with a number as type',
    components('- Config: {Type: 1}\n'),
    '/SenzaComponents/0/Config/Type',
  ),
  refused(
    'invalid_components',
    'a component with an empty type',
    components('- Config: {Type: ""}\n'),
    '/SenzaComponents/0/Config/Type',
  ),
  refused(
    'invalid_components',
    'a component with a relative type',
    components('- Config: {Type: ".x::Y"}\n'),
    '/SenzaComponents/0/Config/Type',
  ),
  accepted(
    'a component whose type is a template',
    withQueue(`${info(PARAMETER)}SenzaComponents:\n- Config: {Type: "Senza::{{Arguments.X}}"}\n`),
    ['Configuration'],
  ),
  accepted(
    'a component whose other keys come later',
    withQueue(components('- Config: {Type: Senza::Configuration}\n  Zzz: 1\n')),
  ),
  refused(
    'invalid_components',
    'images that are a list',
    components('- Config: {Type: Senza::Configuration, Images: [a]}\n'),
    '/SenzaComponents/0/Config/Images',
  ),
  refused(
    'invalid_components',
    'a group without an instance type',
    components(STUPS, '- S: {Type: Senza::AutoScalingGroup, Image: LatestTaupageImage}\n'),
    '/SenzaComponents/1/S',
  ),
  refused(
    'invalid_components',
    'a group without an image',
    components(STUPS, '- S: {Type: Senza::AutoScalingGroup, InstanceType: t2.micro}\n'),
    '/SenzaComponents/1/S',
  ),
  refused(
    'invalid_components',
    'a Taupage group without its configuration',
    components(STUPS, '- S: {Type: Senza::TaupageAutoScalingGroup, InstanceType: t2.micro}\n'),
    '/SenzaComponents/1/S',
  ),
  refused(
    'invalid_components',
    'auto scaling without a maximum',
    components(STUPS, `${SERVER}}, AutoScaling: {Minimum: 1}}\n`),
    '/SenzaComponents/1/Server/AutoScaling',
  ),
  refused(
    'invalid_components',
    'security groups that are missing',
    components(STUPS, `${SERVER}}, SecurityGroups: }\n`),
    '/SenzaComponents/1/Server/SecurityGroups',
  ),
  refused(
    'invalid_components',
    'a balancer before any resources',
    components(
      STUPS,
      '- LB: {Type: Senza::WeightedDnsElasticLoadBalancerV2, HTTPPort: 80, SecurityGroups: [app-demo-lb]}\n',
    ),
    '/SenzaComponents/1/LB',
  ),
  refused(
    'invalid_components',
    'a balancer without a port',
    components(
      STUPS,
      `${SERVER}}}\n`,
      '- LB: {Type: Senza::WeightedDnsElasticLoadBalancerV2, SecurityGroups: [app-demo-lb]}\n',
    ),
    '/SenzaComponents/2/LB',
  ),
  refused(
    'invalid_components',
    'a balancer without security groups',
    components(STUPS, `${SERVER}}}\n`, '- LB: {Type: Senza::WeightedDnsElasticLoadBalancer, HTTPPort: 80}\n'),
    '/SenzaComponents/2/LB',
  ),
  refused(
    'invalid_components',
    'a role whose policies are missing',
    components(CONFIGURATION, '- R: {Type: Senza::IamRole, Policies: }\n'),
    '/SenzaComponents/1/R/Policies',
  ),
  refused(
    'invalid_components',
    'a Redis without security groups',
    components(STUPS, '- R: {Type: Senza::RedisNode}\n'),
    '/SenzaComponents/1/R',
  ),

  refused(
    'invalid_parameters',
    'nothing below Parameters of SenzaInfo',
    withInfo('  Parameters:\n'),
    '/SenzaInfo/Parameters',
  ),
  refused(
    'invalid_parameters',
    'parameters as a mapping',
    withInfo('  Parameters: {X: {}}\n'),
    '/SenzaInfo/Parameters',
  ),
  refused('invalid_parameters', 'a parameter as a text', withInfo('  Parameters: [X]\n'), '/SenzaInfo/Parameters/0'),
  refused(
    'invalid_parameters',
    'a parameter without properties',
    withInfo('  Parameters: [{X: }]\n'),
    '/SenzaInfo/Parameters/0/X',
  ),
  refused(
    'invalid_parameters',
    'a parameter with a number as name',
    withInfo('  Parameters: [{1: {}}]\n'),
    '/SenzaInfo/Parameters/0/1',
    ['x'],
  ),
  refused(
    'invalid_parameters',
    'a parameter called self',
    withInfo('  Parameters: [{self: {}}]\n'),
    '/SenzaInfo/Parameters/0/self',
    ['x'],
  ),
  refused(
    'invalid_parameters',
    'a parameter called version',
    withInfo('  Parameters: [{version: {}}]\n'),
    '/SenzaInfo/Parameters/0/version',
    ['x'],
  ),
  refused(
    'invalid_parameters',
    'a parameter called __class__',
    withInfo('  Parameters: [{__class__: {}}]\n'),
    '/SenzaInfo/Parameters/0/__class__',
    ['x'],
  ),
  accepted('an empty mapping of parameters', withInfo('  Parameters: {}\n')),
  accepted('a parameter that is declared twice', withInfo('  Parameters: [{X: {}}, {X: {Default: a}}]\n')),
  accepted('two parameters in one item', withInfo('  Parameters: [{X: {}, Y: {}}]\n'), ['x']),
  accepted(
    'defaults of all types',
    withInfo('  Parameters: [{A: {Default: 1}}, {B: {Default: yes}}, {C: {Default: 1.5}}]\n'),
  ),
  accepted('a default of the account', withInfo('  Parameters: [{A: {Default: "{{AccountInfo.Region}}"}}]\n')),
  refused(
    'invalid_template',
    'a topic that is a number',
    withInfo('  OperatorTopicId: 1\n'),
    '/SenzaInfo/OperatorTopicId',
  ),

  accepted('a name of parameters', `SenzaInfo: {StackName: "{{Arguments.X}}-a", Parameters: [{X: {}}]}\n${RESOURCES}`, [
    'web',
  ]),
  accepted('a name of the version', `SenzaInfo: {StackName: "a{{Arguments.version}}"}\n${RESOURCES}`),
  refused(
    'invalid_stack_name',
    'a name of the version in the wrong way',
    `SenzaInfo: {StackName: "a{{SenzaInfo.StackVersion}}"}\n${RESOURCES}`,
    '/SenzaInfo/StackName',
  ),

  accepted(
    'tags of Mustache',
    withParameter('Metadata: {A: "{{Arguments.X}} {{{SenzaInfo.StackName}}} {{&SenzaInfo.StackVersion}} {{! no}}"}\n'),
    ['x'],
  ),
  accepted(
    'a section as a condition',
    withParameter('Metadata: {A: "{{#Arguments.X}}b{{/Arguments.X}}{{^Arguments.X}}c{{/Arguments.X}}"}\n'),
    ['x'],
  ),
  accepted(
    'a section across items of a list',
    withParameter('Metadata: {A: ["{{#Arguments.X}}", "b", "{{/Arguments.X}}"]}\n'),
    ['x'],
  ),
  accepted(
    'account information',
    withRoot('Metadata: {A: "{{AccountInfo.Region}} {{AccountInfo.TeamID}} {{Arguments.region}}"}\n'),
  ),
  accepted(
    'a property of SenzaInfo',
    info('  Mine: {Deep: 1}\n') + RESOURCES + 'Metadata: {A: "{{SenzaInfo.Mine.Deep}}"}\n',
  ),
  accepted(
    'a name that is unknown, in a section that is not rendered',
    withParameter('Metadata: {A: "{{#Arguments.X}}{{Foo}}{{/Arguments.X}}"}\n'),
    [''],
  ),
  refused('invalid_template', 'an unknown name', withRoot('Metadata: {A: "{{Foo}}"}\n'), '/Metadata/A'),
  refused('invalid_template', 'an unknown argument', withRoot('Metadata: {A: "{{Arguments.Foo}}"}\n'), '/Metadata/A'),
  refused(
    'invalid_template',
    'an unknown property of SenzaInfo',
    withRoot('Metadata: {A: "{{SenzaInfo.Foo}}"}\n'),
    '/Metadata/A',
  ),
  refused(
    'invalid_template',
    'a property of a text',
    withRoot('Metadata: {A: "{{SenzaInfo.StackName.x}}"}\n'),
    '/Metadata/A',
  ),
  refused(
    'invalid_template',
    'SenzaInfo inside SenzaInfo',
    withInfo('  Tags: {A: "{{SenzaInfo.StackVersion}}"}\n'),
    '/SenzaInfo/Tags/A',
  ),
  refused(
    'invalid_template',
    'unknown account information',
    withRoot('Metadata: {A: "{{AccountInfo.Foo}}"}\n'),
    '/Metadata/A',
  ),
  refused('invalid_template', 'a function', withRoot('Metadata: {A: "{{AccountInfo.split_domain}}"}\n'), '/Metadata/A'),
  refused('invalid_template', 'a template of Go', withRoot('Metadata: {A: "{{.State}}"}\n'), '/Metadata/A'),
  refused(
    'invalid_template',
    'a raw tag that is closed early',
    withParameter('Metadata: {A: "{{{Arguments.X}}"}\n'),
    '/Metadata/A',
    ['x'],
  ),
  refused(
    'template_section',
    'a section that ends another',
    withParameter('Metadata: {A: "{{#Arguments.X}}{{/Arguments.Y}}"}\n'),
    '/Metadata/A',
    ['x'],
  ),
  refused(
    'template_section',
    'an end without a section',
    withParameter('Metadata: {A: "{{/Arguments.X}}"}\n'),
    '/Metadata/A',
    ['x'],
  ),
];

/** What Senza would accept and the agent does not, for safety. */
export const STRICTER_CASES: readonly DefinitionCase[] = [
  refused('invalid_tags', 'a comma in a tag', withInfo('  Tags: {Team: "a,b"}\n'), '/SenzaInfo/Tags/Team'),
  refused('invalid_tags', 'a comma in the key of a tag', withInfo('  Tags: {"a,b": x}\n'), '/SenzaInfo/Tags/a,b'),
  refused('invalid_tags', 'a tag that is there twice', withInfo('  Tags: [{A: x}, {A: y}]\n'), '/SenzaInfo/Tags/1/A'),
  refused(
    'template_section',
    'a loop over a list',
    info('  List: [a, b]\n') + RESOURCES + 'Metadata: {A: "{{#SenzaInfo.List}}x{{/SenzaInfo.List}}"}\n',
    '/Metadata/A',
  ),
  refused(
    'template_section',
    'a loop over a list in a mapping',
    info('  M: {List: [a, b]}\n') +
      RESOURCES +
      'Metadata: {A: "{{#SenzaInfo.M}}{{#List}}x{{/List}}{{/SenzaInfo.M}}"}\n',
    '/Metadata/A',
  ),
  refused(
    'template_section',
    'a loop over the parameters',
    withParameter('Metadata: {A: "{{#SenzaInfo.Parameters}}x{{/SenzaInfo.Parameters}}"}\n'),
    '/Metadata/A',
    ['x'],
  ),
  refused(
    'template_section',
    'three nested sections',
    withParameter(
      'Metadata: {A: "{{#Arguments.X}}{{#Arguments.X}}{{#Arguments.X}}x{{/Arguments.X}}{{/Arguments.X}}{{/Arguments.X}}"}\n',
    ),
    '/Metadata/A',
    ['x'],
  ),
  refused(
    'template_section',
    'a section that is not closed',
    withParameter('Metadata: {A: "{{#Arguments.X}}"}\n'),
    '/Metadata/A',
    ['x'],
  ),
  refused(
    'invalid_template',
    'attributes of an object',
    withRoot('Metadata: {A: "{{Arguments.__class__}}"}\n'),
    '/Metadata/A',
  ),
  refused(
    'invalid_template',
    'attributes of an object in a section',
    withParameter('Metadata: {A: "{{#Arguments.X}}{{Arguments.__init__.__globals__}}{{/Arguments.X}}"}\n'),
    '/Metadata/A',
    ['x'],
  ),
  refused('template_partial', 'a partial', withRoot('Metadata: {A: "{{> /etc/secret}}"}\n'), '/Metadata/A'),
  refused('template_partial', 'a partial after blanks', withRoot('Metadata: {A: "{{ \\n > x }}"}\n'), '/Metadata/A'),
  refused(
    'template_partial',
    'a partial written with an escape',
    withRoot('Metadata: {A: "\\x7b{> x}}"}\n'),
    '/Metadata/A',
  ),
  refused('template_partial', 'a partial as a key', withRoot('Metadata: {"{{>x}}": y}\n'), '/Metadata/{{>x}}'),
  refused('template_partial', 'other delimiters', withRoot('Metadata: {A: "{{=<% %>=}}"}\n'), '/Metadata/A'),
  refused('template_partial', 'a tag that is not closed', withRoot('Metadata: {A: "a{{"}\n'), '/Metadata/A'),
  refused(
    'invalid_stack_name',
    'a name of the account',
    `SenzaInfo: {StackName: "{{AccountInfo.TeamID}}"}\n${RESOURCES}`,
    '/SenzaInfo/StackName',
  ),
  refused(
    'invalid_stack_name',
    'a name in a section',
    `SenzaInfo: {StackName: "{{#Arguments.X}}a{{/Arguments.X}}", Parameters: [{X: {}}]}\n${RESOURCES}`,
    '/SenzaInfo/StackName',
    ['x'],
  ),
  refused(
    'invalid_stack_name',
    'a name that is a boolean',
    `SenzaInfo: {StackName: yes}\n${RESOURCES}`,
    '/SenzaInfo/StackName',
  ),
];
