import { isMap } from 'yaml';
import { DefinitionError } from './definition-error.js';
import { type Definition } from './definition.js';
import { toMapping } from './mapping.js';
import { parseYaml } from './parse-yaml.js';

/**
 * The text that Senza is given: the definition's own, byte for byte, unless it has a NoEcho parameter and no
 * `Description`. Then `Description: NAME` is written into it, because Senza's configuration components (`Configuration`
 * and the three AutoConfigurations, all through components/configuration.py) would make a description of all arguments,
 * hidden ones too, which `list` shows to everybody.
 */
export function definitionForSenza(definition: Definition): string {
  if (!definition.hasNoEcho || definition.hasDescription) return definition.text;
  const { contents } = parseYaml(definition.text).document;
  const start = contents?.range[0] ?? 0;
  const text = definition.text;
  const described =
    isMap(contents) && contents.flow === true
      ? `${text.slice(0, start + 1)}"Description": "${definition.stackName}", ${text.slice(start + 1)}`
      : `${text.slice(0, start)}Description: "${definition.stackName}"\n${indentation(text, start)}${text.slice(start)}`;
  if (toMapping(parseYaml(described).value)?.get('Description') === definition.stackName) return described;
  throw new DefinitionError('invalid_yaml', 'A definition with a NoEcho parameter needs a Description of its own');
}

// What stands before the first key on its line: blanks, or the `--- ` of a document's start.
function indentation(text: string, start: number): string {
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  return ' '.repeat(line.replace('\ufeff', '').length);
}
