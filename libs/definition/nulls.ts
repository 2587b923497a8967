import { hasTemplateKey, TEMPLATE_SECTIONS } from './json.js';
import { asMapping, childOf, errorAt, isTemplate, itemsOf, type Placed } from './place.js';
import { isNull, textOf, type YamlMapping, type YamlValue } from './yaml/value.js';
import { dumpOrder, nameOf, pathTo, visitScalars } from './yaml/walk.js';

const TEXTS = ['AWSTemplateFormatVersion', 'Description', 'Transform'];
/** Names that Senza's components give to resources without using their own (components/redis_node.py, redis_cluster.py). */
const OTHER_RESOURCE = 'Redis';
/** Senza makes CloudFormation parameters of its own with these (`component_configuration` in its components/configuration.py). */
const CONFIGURATION = /^Senza::\w*Configuration$/;
/** CloudFormation reads the state machine's own language here, which has nulls. */
const STATE_MACHINE = 'Definition';

/**
 * Refuses values that are missing (`Key:`, `Key: ~`) where CloudFormation is certain to refuse them, because Senza writes them into
 * the template as they are: "[/Resources/Q/Type/QueueName] 'null' values are not allowed in templates". Not in components, which
 * drop some and write others as text. The Senza runtime checks the rendered template (template_rules.py).
 *
 * @throws {DefinitionError} `invalid_template`
 */
export function assertNoNulls(root: Placed<YamlMapping>, senzaInfo: Placed<YamlMapping>): void {
  for (const name of TEXTS) {
    const text = childOf(root, name);
    if (text !== undefined && isNull(text.value)) throw missing(text, name);
  }
  // A macro may drop nulls, and so may a section of Mustache around items of a list.
  if (childOf(root, 'Transform') !== undefined || hasSections(root)) return;
  const components = componentsOf(root);
  const seen = new Set<YamlValue>();
  for (const name of TEMPLATE_SECTIONS) {
    const section = childOf(root, name);
    const mapping = section === undefined ? undefined : asMapping(section);
    if (mapping === undefined) continue;
    for (const { key, value } of mapping.value.entries.values()) {
      const entry = { value, path: pathTo(mapping.path, nameOf(key)) };
      const isReplaced = name === 'Mappings' ? nameOf(key) === 'Senza' : components.makes(nameOf(key));
      if (!isReplaced) assertValues(entry, nameOf(key), seen);
    }
  }
  for (const { key, value } of senzaInfo.value.entries.values()) {
    // Senza writes SenzaInfo to Mappings.Senza.Info, with its own Tags.
    const name = nameOf(key);
    if (name !== 'Tags' && isNull(value)) throw missing({ value, path: pathTo(senzaInfo.path, name) }, name);
  }
  if (components.hasConfiguration) assertParameters(senzaInfo, seen);
}

function hasSections({ value, path }: Placed): boolean {
  let found = false;
  visitScalars(value, path, (scalar) => {
    found ||= scalar.type === 'string' && /\{\{\s*[#^]/.test(scalar.value);
  });
  return found;
}

function assertParameters(senzaInfo: Placed<YamlMapping>, seen: Set<YamlValue>): void {
  const parameters = childOf(senzaInfo, 'Parameters');
  if (parameters !== undefined && itemsOf(parameters) !== undefined) assertValues(parameters, 'Parameters', seen);
}

function assertValues(placed: Placed, name: string, seen: Set<YamlValue>): void {
  const { value } = placed;
  if (isNull(value)) throw missing(placed, name);
  if (value.kind === 'scalar' || seen.has(value)) return;
  seen.add(value);
  for (const item of itemsOf(placed) ?? []) assertValues(item, name, seen);
  for (const { key, value: inner } of asMapping(placed)?.value.entries.values() ?? []) {
    const innerName = nameOf(key);
    if (innerName !== STATE_MACHINE) {
      assertValues({ value: inner, path: pathTo(placed.path, innerName) }, innerName, seen);
    }
  }
}

interface Components {
  readonly hasConfiguration: boolean;
  /** Whether a component may replace the resource of this name. */
  readonly makes: (resource: string) => boolean;
}

function componentsOf(root: Placed<YamlMapping>): Components {
  const list = childOf(root, 'SenzaComponents');
  const items = list === undefined ? [] : (itemsOf(list) ?? []).flatMap((item) => asMapping(item) ?? []);
  const entries = items.flatMap(({ value }) => dumpOrder(value).slice(0, 1));
  const configurations = entries.flatMap(({ value }) => asMapping({ value, path: undefined }) ?? []);
  const isUnknown = items.some(hasTemplateKey) || (list !== undefined && isTemplate(list));
  const names = entries.map(({ key }) => nameOf(key));
  return {
    hasConfiguration: configurations.some(
      (each) =>
        CONFIGURATION.test(textOf(childOf(each, 'Type')?.value) ?? '') &&
        childOf(each, 'DefineParameters') === undefined,
    ),
    makes: (resource) =>
      isUnknown ||
      names.some((name) => resource.startsWith(name)) ||
      (names.length > 0 && resource.startsWith(OTHER_RESOURCE)),
  };
}

function missing(placed: Placed, name: string): Error {
  return errorAt(
    placed,
    'invalid_template',
    `${name} has no value here, and CloudFormation refuses null values in templates: write a value, or remove it`,
  );
}
