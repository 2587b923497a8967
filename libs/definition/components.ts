import { COMPONENT_TYPES, type PropertyRule } from './component-types.js';
import { hasTemplateKey } from './json.js';
import { findWrongShape } from './property-shape.js';
import { asMapping, childOf, errorAt, isEmptyCollection, isTemplate, itemsOf, type Placed } from './place.js';
import { isNull, textOf, type YamlMapping } from './yaml/value.js';
import { dumpOrder, nameOf, pathTo } from './yaml/walk.js';

// Senza imports PREFIX.components.NAME; a relative or empty module name makes it crash (`get_component`).
const TYPE = /^\w[\w.]*::\w+$/;

/**
 * Checks `SenzaComponents` for what makes Senza crash: `evaluate` in its cli.py, and the functions of its components.
 *
 * @throws {DefinitionError} `invalid_components`
 */
export function assertComponents(root: Placed<YamlMapping>): void {
  const list = childOf(root, 'SenzaComponents');
  if (list === undefined || isEmptyCollection(list) || isTemplate(list)) return;
  const items = itemsOf(list);
  if (items === undefined) {
    throw invalid(list, 'SenzaComponents must be a list: write - NAME: {Type: Senza::...} for each component');
  }
  let hasResources = childOf(root, 'Resources') !== undefined;
  for (const item of items) hasResources = checkComponent(item, hasResources) || hasResources;
}

/** @returns whether there are resources in the template after this component. */
function checkComponent(item: Placed, hasResources: boolean): boolean {
  const mapping = asMapping(item);
  // Senza takes the first key, after it has sorted them.
  const [entry] = mapping === undefined ? [] : dumpOrder(mapping.value);
  if (mapping === undefined || entry === undefined) {
    throw invalid(item, 'A component must be a mapping of its name: write - NAME: {Type: Senza::...}');
  }
  const name = nameOf(entry.key);
  const component = { value: entry.value, path: pathTo(mapping.path, name) };
  if (isTemplate(component)) return true;
  const configuration = asMapping(component);
  if (configuration === undefined) {
    throw invalid(component, `The component ${name} must be a mapping: indent its Type and properties below its name`);
  }
  const type = readType(configuration, name);
  const rules = type === undefined ? undefined : COMPONENT_TYPES.get(type);
  if (rules === undefined || hasTemplateKey(configuration)) return true;
  if (rules.needsResources && !hasResources) {
    const message = `Senza needs Resources before the component ${name}: put it after a component that makes some`;
    throw invalid(component, `${message}, or add Resources: {}`);
  }
  for (const rule of rules.properties) checkProperty(configuration, rule, name);
  return rules.makesResources;
}

function readType(configuration: Placed<YamlMapping>, name: string): string | undefined {
  const type = childOf(configuration, 'Type');
  if (type === undefined && hasTemplateKey(configuration)) return undefined;
  if (type === undefined) throw invalid(configuration, `The component ${name} has no Type: add Type: Senza::...`);
  if (isTemplate(type)) return undefined;
  const text = textOf(type.value);
  if (text === undefined || !TYPE.test(text)) {
    throw invalid(type, `The Type of the component ${name} is not a type: write Type: Senza::...`);
  }
  return text;
}

function checkProperty(configuration: Placed<YamlMapping>, rule: PropertyRule, component: string): void {
  const { name, isRequired, shape, isNullable = false, properties = [], entries, replacedBy } = rule;
  if (replacedBy?.every((other) => !isNull(childOf(configuration, other)?.value)) === true) return;
  const property = childOf(configuration, name);
  if (property === undefined) {
    if (!isRequired) return;
    throw invalid(configuration, `The component ${component} has no ${name}: add ${name}: ...`);
  }
  if (isTemplate(property) || (isNullable && isNull(property.value))) return;
  const wrong = findWrongShape(property, shape);
  if (wrong !== undefined) {
    throw invalid(wrong.placed, `${name} of the component ${component} must be ${wrong.expected}`);
  }
  const mapping = asMapping(property);
  if (mapping !== undefined && hasTemplateKey(mapping)) return;
  if (entries !== undefined && mapping !== undefined) checkEntries(mapping, { name, entries }, component);
  if (properties.length === 0) return;
  const parts = shape === 'mapping' ? [mapping] : (itemsOf(property) ?? []).map((item) => asMapping(item));
  for (const part of parts) {
    if (part === undefined) throw invalid(property, `${name} of the component ${component} must contain mappings`);
    for (const inner of properties) checkProperty(part, inner, component);
  }
}

function checkEntries(
  mapping: Placed<YamlMapping>,
  { name, entries }: Required<Pick<PropertyRule, 'name' | 'entries'>>,
  component: string,
): void {
  for (const { key, value } of mapping.value.entries.values()) {
    const entry = { value, path: pathTo(mapping.path, nameOf(key)) };
    if (isTemplate(entry)) continue;
    const inner = asMapping(entry);
    if (inner === undefined) {
      throw invalid(entry, `${nameOf(key)} in ${name} of the component ${component} must be a mapping`);
    }
    if (hasTemplateKey(inner)) continue;
    for (const rule of entries) checkProperty(inner, rule, component);
  }
}

function invalid(placed: Placed, message: string): Error {
  return errorAt(placed, 'invalid_components', message);
}
