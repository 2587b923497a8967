import {
  accepted,
  info,
  refused,
  RESOURCES,
  withInfo,
  withParameter,
  withRoot,
  type DefinitionCase,
} from './definition-case.fixture.js';

/** Mustache tags. */
export const TEMPLATE_CASES: readonly DefinitionCase[] = [
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
