import { DefinitionError } from './definition-error.js';
import { type Definition } from './definition.js';
import { type Mapping, toMapping } from './mapping.js';
import { parseYaml } from './parse-yaml.js';
import { isNoEcho, readParameters } from './read-parameters.js';
import { refuseReservedTags } from './read-tags.js';
import { stackNameSchema } from './values.js';

/**
 * Reads a Senza definition.
 *
 * @throws {DefinitionError} with a sentence for the caller. A missing property reads as in Lizzy 2.
 */
export function parseDefinition(text: string): Definition {
  const root = toMapping(parseYaml(text).value);
  if (root === undefined) throw new DefinitionError('not_a_mapping', 'The definition must be a mapping');
  const senzaInfo = readSenzaInfo(root);
  const stackName = readStackName(senzaInfo);
  refuseReservedTags(senzaInfo);
  const parameters = readParameters(senzaInfo);
  return {
    text,
    stackName,
    parameters,
    hasNoEcho: parameters.some(({ noEcho }) => noEcho) || hasNoEchoInTemplate(root),
    hasDescription: root.has('Description'),
  };
}

function readSenzaInfo(root: Mapping): Mapping {
  if (!root.has('SenzaInfo')) throw missing('SenzaInfo');
  const senzaInfo = toMapping(root.get('SenzaInfo'));
  if (senzaInfo === undefined) throw new DefinitionError('not_a_mapping', 'SenzaInfo must be a mapping');
  return senzaInfo;
}

function readStackName(senzaInfo: Mapping): string {
  const stackName = senzaInfo.get('StackName') ?? undefined;
  if (stackName === undefined) throw missing('StackName');
  const parsed = stackNameSchema.safeParse(stackName);
  if (parsed.success) return parsed.data;
  const problem = typeof stackName === 'string' ? parsed.error.issues[0]?.message : 'must be a string (quote it)';
  throw new DefinitionError('invalid_stack_name', `SenzaInfo.StackName ${problem ?? 'is not valid'}`);
}

// CloudFormation's own section, which a definition may have beside SenzaInfo.
function hasNoEchoInTemplate(root: Mapping): boolean {
  return [...(toMapping(root.get('Parameters'))?.values() ?? [])].some((properties) => {
    const configuration = toMapping(properties);
    return configuration !== undefined && isNoEcho(configuration);
  });
}

function missing(property: string): DefinitionError {
  return new DefinitionError('missing_property', `Missing property in senza yaml: '${property}'`);
}
