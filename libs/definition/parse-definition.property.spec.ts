import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DefinitionError } from './errors/definition-error.js';
import { parseDefinition } from './parse-definition.js';
import { yamlTexts } from './reference/yaml-texts.fixture.js';

const FOLDER = join(import.meta.dirname, 'reference', 'definitions');
const examples = readdirSync(FOLDER).map((file) => readFileSync(join(FOLDER, file), 'utf8'));
const HEAD = 'SenzaInfo:\n  StackName: a\n  Parameters: [{X: {}}]\n';

const text = fc.oneof(
  yamlTexts(examples),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  yamlTexts(examples).map((rest) => HEAD + rest),
  // A section of a definition, filled with anything.
  fc
    .tuple(fc.constantFrom('SenzaComponents', 'Resources', 'Parameters', 'Mappings', 'Metadata'), fc.json())
    .map(([section, value]) => `${HEAD}${section}: ${value}\n`),
  fc
    .tuple(fc.constantFrom('Parameters', 'Tags', 'OperatorTopicId', 'StackName', 'Mine'), fc.json())
    .map(([key, value]) => `SenzaInfo: {StackName: a, ${key}: ${value}}\n`),
  fc
    .array(
      fc.constantFrom(
        '{{',
        '}}',
        '{',
        '}',
        '#',
        '/',
        '^',
        '>',
        '=',
        '&',
        '!',
        ' ',
        'Arguments.X',
        'SenzaInfo',
        '.',
        'a',
      ),
    )
    .map((parts) => `${HEAD}Metadata: ${JSON.stringify(parts.join(''))}\n`),
);

describe('any text', () => {
  it('is accepted, or is rejected with a position and a sentence', () => {
    const property = fc.property(text, (definition) => {
      try {
        parseDefinition(definition);
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
        const { line = 0, column = 0 } = error.position ?? {};
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(definition.split(/\r\n|[\r\n\u0085\u2028\u2029]/).length);
        expect(column).toBeGreaterThan(0);
        expect(error.message).toMatch(/^\S.{10,400}$/s);
      }
    });
    fc.assert(property, { seed: 7, numRuns: 2000 });
  });

  it('is read the same way again when it is accepted', () => {
    const property = fc.property(text, (definition) => {
      try {
        expect(parseDefinition(definition)).toEqual(parseDefinition(definition));
      } catch (error) {
        if (!(error instanceof DefinitionError)) throw error;
      }
    });
    fc.assert(property, { seed: 8, numRuns: 200 });
  });
});
