import { type Definition } from './definition.js';

/**
 * The text that Senza is given: the definition's own, byte for byte, unless it has a NoEcho parameter and no
 * `Description`. Then `Description: NAME` is written into it, because Senza's configuration components (`Configuration`
 * and the three AutoConfigurations, all through components/configuration.py) would make a description of all arguments,
 * hidden ones too, which `list` shows to everybody.
 *
 * @param stackName the rendered name, see {@link renderStackName}.
 */
export function definitionForSenza(definition: Definition, stackName = definition.stackName): string {
  const { text, descriptionPlace } = definition;
  if (!definition.hasNoEcho || definition.hasDescription) return text;
  const { index, isFlow, indentation } = descriptionPlace;
  const written = isFlow
    ? `"Description": "${stackName}", `
    : `Description: "${stackName}"\n${' '.repeat(indentation)}`;
  return text.slice(0, index) + written + text.slice(index);
}
