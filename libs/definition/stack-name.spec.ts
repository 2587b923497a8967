import { describe, expect, it } from '@jest/globals';
import { parseDefinition } from './parse-definition.js';
import { bindParameters, effectiveValues } from './parameters.js';
import { renderStackName } from './stack-name.js';

const REQUEST = { version: '7', region: 'eu-west-1' };

function nameOf(template: string, values: readonly string[]): string {
  const definition = parseDefinition(
    `SenzaInfo: {StackName: "${template}", Parameters: [{Id: {Default: web}}, {Key: {Default: hush, NoEcho: true}}, {Zone: {Default: "{{AccountInfo.Domain}}"}}]}`,
  );
  return renderStackName(definition, effectiveValues(definition, bindParameters(definition, values)), REQUEST);
}

describe('the name of a stack', () => {
  it.each([
    ['shop', [], 'shop'],
    ['{{Arguments.Id}}', ['api'], 'api'],
    ['{{Arguments.Id}}', [], 'web'],
    ['x-{{ Arguments.Id }}-{{{Arguments.version}}}-{{&Arguments.region}}', ['api'], 'x-api-7-eu-west-1'],
  ])('is rendered as Senza renders it: %s', (template, values, expected) => {
    expect(nameOf(template, values)).toBe(expected);
  });

  it.each([
    ['with characters that CloudFormation refuses', '{{Arguments.Id}}', ['a_b'], 'must begin with a letter'],
    ['that is a template again', '{{Arguments.Zone}}', [], 'is a template itself'],
    ['that YAML reads as a boolean', 'o{{Arguments.Id}}', ['n'], 'reads as something else'],
    ['that is empty', '{{Arguments.Id}}', ['Id='], 'must begin with a letter'],
    ['of the account', '{{AccountInfo.TeamID}}', [], 'template of {{Arguments.NAME}}'],
    ['of a section', '{{#Arguments.Id}}a{{/Arguments.Id}}', [], 'template of {{Arguments.NAME}}'],
    ['of a secret parameter', 'a-{{Arguments.Key}}', [], 'is secret (NoEcho)'],
    ['of many templates', '{{Arguments.Id}}'.repeat(100), [], 'more than 1024 characters'],
    ['of an undeclared parameter', '{{Arguments.Foo}}', [], 'declare it in SenzaInfo.Parameters'],
  ])('is rejected: one %s', (_, template, values, message) => {
    expect(() => nameOf(template, values)).toThrow(message);
  });

  it('is rejected at its place, also when only the values of a request make it invalid', () => {
    for (const template of ['a-{{Arguments.Key}}', '{{Arguments.Id}}', '{{AccountInfo.TeamID}}'])
      expect(() => nameOf(template, ['a_b'])).toThrow(
        expect.objectContaining({ position: { line: 1, column: 24 }, pointer: '/SenzaInfo/StackName' }),
      );
  });
});
