import {
  withInfo,
  info,
  refused,
  RESOURCES,
  withParameter,
  withRoot,
  type DefinitionCase,
} from './definition-case.fixture.js';

/** Definitions that Senza would accept, and Lizzy rejects for safety. */
export const STRICTER_CASES: readonly DefinitionCase[] = [
  refused('invalid_tags', 'a comma in a tag', withInfo('  Tags: {Team: "a,b"}\n'), '/SenzaInfo/Tags/Team'),
  refused('invalid_tags', 'a comma in the key of a tag', withInfo('  Tags: {"a,b": x}\n'), '/SenzaInfo/Tags/a,b'),
  refused(
    'invalid_template',
    'half of a character in a key',
    withRoot('Metadata: {"\\ud83d": x}\n'),
    '/Metadata/\ud83d',
  ),
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
