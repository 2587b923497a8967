import { accepted, refused, RESOURCES, withInfo, type DefinitionCase } from './definition-case.fixture.js';

/** `SenzaInfo.Parameters`, their values, and stack names that are made of them. */
export const PARAMETER_CASES: readonly DefinitionCase[] = [
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
  refused(
    'invalid_template',
    'an encrypted value that is not base64',
    withInfo('  Password: "senza:kms:AQIDA"\n'),
    '/SenzaInfo/Password',
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
];
