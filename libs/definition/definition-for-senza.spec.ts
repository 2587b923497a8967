import { describe, expect, it } from '@jest/globals';
import { definitionForSenza } from './definition-for-senza.js';
import { parseDefinition } from './parse-definition.js';

const HIDDEN = 'SenzaInfo: {StackName: hello, Parameters: [{P: {NoEcho: true}}]}\n';

describe('the definition that Senza gets', () => {
  it.each([
    ['without a hidden parameter', '# a comment\nSenzaInfo:   {StackName: hello}\n'],
    ['with a description of its own', `${HIDDEN}Description: mine\n`],
    ['with an empty description of its own', `${HIDDEN}Description: ''\n`],
  ])('is the definition, byte for byte, %s', (_, text) => {
    expect(definitionForSenza(parseDefinition(text))).toBe(text);
  });

  it.each([
    ['block style', HIDDEN, `Description: "hello"\n${HIDDEN}`],
    ['an indented mapping', `# top\n  ${HIDDEN}`, `# top\n  Description: "hello"\n  ${HIDDEN}`],
    ['a document start', `%YAML 1.1\n---\n${HIDDEN}`, `%YAML 1.1\n---\nDescription: "hello"\n${HIDDEN}`],
    ['a tag and an anchor', `!!map &all\n${HIDDEN}`, `!!map &all\nDescription: "hello"\n${HIDDEN}`],
    ['characters outside the first plane', `# 😀\n${HIDDEN}`, `# 😀\nDescription: "hello"\n${HIDDEN}`],
    ['JSON', `{${HIDDEN.trim()}}`, `{"Description": "hello", ${HIDDEN.trim()}}`],
  ])('has a plain description instead of one with all arguments: %s', (_, text, expected) => {
    expect(definitionForSenza(parseDefinition(text))).toBe(expected);
  });

  it('differs only in the description', () => {
    const definition = parseDefinition(`\ufeff${HIDDEN}`);
    const { stackName, parameters, hasNoEcho } = definition;
    const described = parseDefinition(definitionForSenza(definition));
    expect(described).toMatchObject({ stackName, parameters, hasNoEcho, hasDescription: true });
  });
});
