import {
  accepted,
  components,
  CONFIGURATION,
  info,
  refused,
  RESOURCES,
  SERVER,
  STUPS,
  withInfo,
  withParameter,
  withQueue,
  withRoot,
  type DefinitionCase,
} from './definition-case.fixture.js';

const queue = (properties: string): string => `${info()}Resources: {Q: {Type: "AWS::SQS::Queue", ${properties}}}\n`;
const missing = (title: string, text: string, pointer: string, parameters: readonly string[] = []): DefinitionCase =>
  refused('invalid_template', title, text, pointer, parameters);

/** Keys without a value, which CloudFormation refuses and Senza sometimes drops; sections that are no mappings. */
export const NULL_CASES: readonly DefinitionCase[] = [
  missing('a property without a value', queue('Properties: {QueueName: }'), '/Resources/Q/Properties/QueueName'),
  missing(
    'a null in a list of properties',
    queue('Properties: {Tags: [{Key: a, Value: ~}]}'),
    '/Resources/Q/Properties/Tags/0/Value',
  ),
  missing('properties without a value', queue('Properties: '), '/Resources/Q/Properties'),
  missing('a dependency without a value', queue('DependsOn: '), '/Resources/Q/DependsOn'),
  missing('an output without a value', withRoot('Outputs: {A: {Value: }}\n'), '/Outputs/A/Value'),
  missing('metadata without a value', withRoot('Metadata: {A: {B: null}}\n'), '/Metadata/A/B'),
  missing('a mapping without a value', withRoot('Mappings: {M: {a: {b: }}}\n'), '/Mappings/M/a/b'),
  missing('a condition without a value', withRoot('Conditions: {C: }\n'), '/Conditions/C'),
  missing('no description', withRoot('Description: \n'), '/Description'),
  missing('no version of the format', withRoot('AWSTemplateFormatVersion: \n'), '/AWSTemplateFormatVersion'),
  missing('nothing in SenzaInfo', withInfo('  Team: \n'), '/SenzaInfo/Team'),
  missing(
    'no description of a parameter',
    withQueue(`${info('  Parameters: [{X: {Description: }}]\n')}SenzaComponents:\n${CONFIGURATION}`),
    '/SenzaInfo/Parameters/0/X/Description',
    ['x'],
  ),
  accepted('no description of a parameter that Senza does not define', withInfo('  Parameters: [{X: {Default: }}]\n'), [
    'x',
  ]),
  accepted('null as a text', queue('Properties: {QueueName: "null"}')),
  accepted('a null in user data', components(STUPS, `${SERVER}, environment: {A: }}}\n`)),
  accepted(
    'a null in a resource that a component replaces',
    `${components(CONFIGURATION, '- Role: {Type: Senza::IamRole}\n')}Resources: {Role: {Type: "AWS::IAM::Role", Properties: {Path: }}}\n`,
  ),
  accepted(
    "a null in a state machine's own language",
    `${info()}Resources: {S: {Type: "AWS::StepFunctions::StateMachine", Properties: {RoleArn: "arn:aws:iam::1:role/a", Definition: {ResultPath: }}}}\n`,
  ),

  missing('nothing below Outputs', withRoot('Outputs:\n'), '/Outputs'),
  missing('outputs as a list', withRoot('Outputs: [{A: {Value: b}}]\n'), '/Outputs'),
  missing('an output that is a text', withRoot('Outputs: {A: b}\n'), '/Outputs/A'),
  missing('an output with another key', withRoot('Outputs: {A: {Description: b}}\n'), '/Outputs/A'),
  missing('conditions as a list', withRoot('Conditions: [A]\n'), '/Conditions'),
  missing('metadata as a text', withRoot('Metadata: a\n'), '/Metadata'),
  missing('parameters as a list', withRoot('Parameters: [X]\n'), '/Parameters'),
  missing('mappings as a text', withRoot('Mappings: a\n'), '/Mappings'),
  missing('a mapping that is a text', withRoot('Mappings: {M: a}\n'), '/Mappings/M'),
  accepted('empty sections', `${info()}${RESOURCES}Outputs: {}\nConditions: {}\nMetadata: {}\nMappings: {}\n`),
  accepted('an output of a parameter', withParameter('Outputs: {A: {Value: "{{Arguments.X}}"}}\n'), ['x']),
];
