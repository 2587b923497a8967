import { assertComponents } from './components.js';
import { type Definition, type DescriptionPlace } from './definition.js';
import { digestContent } from './digest.js';
import { DefinitionError } from './errors/definition-error.js';
import { assertJson, assertTemplateSections } from './json.js';
import { assertNoNulls } from './nulls.js';
import { noEchoInTemplate, readParameters, secretNames } from './parameters.js';
import { asMapping, childOf, errorAt, isTemplate, type Placed } from './place.js';
import { assertShownTexts } from './shown-texts.js';
import { readStackName } from './stack-name.js';
import { readTags } from './tags.js';
import { assertTemplates } from './templates.js';
import { parseYaml } from './yaml/parse-yaml.js';
import { entryOf, textOf, type YamlMapping } from './yaml/value.js';
import { nameOf, pathTo } from './yaml/walk.js';

/**
 * Reads a Senza definition, and refuses what Senza or AWS would refuse as far as the text shows it. Takes time linear in
 * the length of the text. {@link DefinitionParser} does the same without blocking the event loop.
 *
 * @throws {DefinitionError} with a sentence for the caller. A missing property reads as in Lizzy 2.
 */
export function parseDefinition(text: string): Definition {
  const value = parseYaml(text);
  const root = value === undefined ? undefined : asMapping({ value, path: undefined });
  if (root === undefined) {
    const position = value?.mark ?? { line: 1, column: 1 };
    throw new DefinitionError('not_a_mapping', 'The definition must be a mapping', { position });
  }
  const senzaInfo = readSenzaInfo(root);
  const named = readStackName(childOf(senzaInfo, 'StackName'), senzaInfo);
  const tagKeys = readTags(senzaInfo);
  const hidden = noEchoInTemplate(root);
  const parameters = readParameters(senzaInfo).map((parameter) => ({
    ...parameter,
    noEcho: parameter.noEcho || hidden.has(parameter.name),
  }));
  const names = parameters.map(({ name }) => name);
  assertTopic(senzaInfo);
  assertEncryptedValues(senzaInfo);
  assertTemplateSections(root, names);
  assertComponents(root);
  assertJson(root);
  assertNoNulls(root, senzaInfo);
  assertTemplates(root.value, senzaInfo.value, names);
  const secrets = new Set([...hidden, ...secretNames({ parameters })]);
  assertShownTexts(root, senzaInfo.value, secrets);
  return {
    text,
    ...named,
    parameters,
    tagKeys,
    hasNoEcho: parameters.some(({ noEcho }) => noEcho) || hidden.size > 0,
    hasDescription: entryOf(root.value, 'Description') !== undefined,
    descriptionPlace: findDescriptionPlace(root.value),
    contentDigest: digestContent(root.value, secrets),
  };
}

function readSenzaInfo(root: Placed<YamlMapping>): Placed<YamlMapping> {
  const senzaInfo = childOf(root, 'SenzaInfo');
  if (senzaInfo === undefined) {
    throw errorAt(root, 'missing_property', "Missing property in senza yaml: 'SenzaInfo'");
  }
  const mapping = asMapping(senzaInfo);
  if (mapping === undefined) throw errorAt(senzaInfo, 'not_a_mapping', 'SenzaInfo must be a mapping');
  return mapping;
}

function assertTopic(senzaInfo: Placed<YamlMapping>): void {
  const topic = childOf(senzaInfo, 'OperatorTopicId');
  if (topic === undefined || textOf(topic.value) !== undefined) return;
  throw errorAt(
    topic,
    'invalid_template',
    'SenzaInfo.OperatorTopicId must be a string: write the name of the topic, or remove it',
  );
}

// Senza has KMS decrypt the values of SenzaInfo that begin like this (`decrypt_parameters` in its cli.py).
const ENCRYPTED = 'senza:kms:';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function assertEncryptedValues(senzaInfo: Placed<YamlMapping>): void {
  for (const { key, value } of senzaInfo.value.entries.values()) {
    const placed = { value, path: pathTo(senzaInfo.path, nameOf(key)) };
    const text = textOf(value);
    if (text?.startsWith(ENCRYPTED) !== true || isTemplate(placed)) continue;
    if (BASE64.test(text.slice(ENCRYPTED.length))) continue;
    const message = `SenzaInfo.${nameOf(key)} must have base64 after ${ENCRYPTED}, as aws kms encrypt prints it`;
    throw errorAt(placed, 'invalid_template', message);
  }
}

function findDescriptionPlace({ mark, isFlow }: YamlMapping): DescriptionPlace {
  return { index: mark.offset + (isFlow ? 1 : 0), isFlow, indentation: mark.column - 1 };
}
