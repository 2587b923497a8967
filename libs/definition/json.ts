import { asMapping, childOf, errorAt, isTemplate, type Placed } from './place.js';
import { findWrongShape } from './property-shape.js';
import { textOf, type YamlMapping, type YamlScalar, type YamlValue } from './yaml/value.js';
import { lastName, nameOf, type Path, pathTo } from './yaml/walk.js';

// Components of Senza that write the whole property as YAML text into the user data, where a date is as good as any text.
const WRITTEN_AS_TEXT: ReadonlySet<string> = new Set(['TaupageConfig']);
const LONE_SURROGATE = /\p{Cs}/u;

/**
 * Refuses what CloudFormation's JSON has no form for, because Senza crashes on it: dates above all, as in an unquoted
 * `Version: 2012-10-17`, but also `.nan`, `!!binary`, `!!set`, lists of pairs, and halves of characters (`"\\ud800"`).
 *
 * @throws {DefinitionError} `invalid_template`
 */
export function assertJson(root: Placed<YamlMapping>): void {
  new JsonCheck().check(root.value, root.path);
}

class JsonCheck {
  private readonly seen = new Set<YamlValue>();

  check(value: YamlValue, path: Path | undefined): void {
    if (value.kind === 'scalar') {
      this.checkScalar(value, path);
      return;
    }
    if (this.seen.has(value)) return;
    this.seen.add(value);
    if (value.kind === 'sequence') {
      if (value.type === 'pairs')
        throw notJson({ value, path }, 'a list of pairs (!!omap, !!pairs)', 'write a mapping');
      value.items.forEach((item, index) => {
        this.check(item, pathTo(path, index));
      });
      return;
    }
    if (value.type === 'set') throw notJson({ value, path }, 'a set (!!set)', 'write a list');
    for (const { key, value: item } of value.entries.values()) {
      const inner = pathTo(path, key);
      this.checkScalar(key, inner);
      if (!isWrittenAsText(key, path)) this.check(item, inner);
    }
  }

  private checkScalar(scalar: YamlScalar, path: Path | undefined): void {
    const placed = { value: scalar, path };
    if (scalar.type === 'date')
      throw notJson(placed, 'a date', `put it in quotes, as in "${scalar.value.slice(0, 10)}"`);
    if (scalar.type === 'float' && !Number.isFinite(scalar.value))
      throw notJson(placed, 'not a number (.nan) or infinite (.inf)', 'put it in quotes');
    if (scalar.type === 'string' && LONE_SURROGATE.test(scalar.value))
      throw notJson(placed, 'half of a character (\\ud800 to \\udfff)', 'write both halves, or the character itself');
    if (scalar.type === 'binary') throw notJson(placed, 'binary data (!!binary)', 'write its base64 form as a string');
  }
}

// /SenzaComponents/N/NAME/TaupageConfig
function isWrittenAsText(key: YamlScalar, path: Path | undefined): boolean {
  const list = path?.parent?.parent;
  if (list === undefined || list.parent !== undefined || lastName(list) !== 'SenzaComponents') return false;
  return WRITTEN_AS_TEXT.has(nameOf(key));
}

function notJson(placed: Placed, what: string, advice: string): Error {
  return errorAt(placed, 'invalid_template', `This is ${what}, which CloudFormation’s JSON does not have: ${advice}`);
}

/** CloudFormation's sections that are mappings. */
export const TEMPLATE_SECTIONS = ['Mappings', 'Resources', 'Parameters', 'Outputs', 'Conditions', 'Metadata'] as const;

/** CloudFormation's own sections. @throws {DefinitionError} `invalid_template` */
export function assertTemplateSections(root: Placed<YamlMapping>, parameters: readonly string[]): void {
  for (const name of TEMPLATE_SECTIONS) assertSection(root, name);
  const section = childOf(root, 'Mappings');
  const mappings = section === undefined ? undefined : asMapping(section);
  if (mappings !== undefined)
    for (const name of mappings.value.entries.values()) assertSection(mappings, nameOf(name.key));
  assertResources(root);
  assertOutputs(root);
  assertParameters(root, new Set([...parameters, 'region', 'version']));
}

function assertSection(root: Placed<YamlMapping>, name: string): void {
  const section = childOf(root, name);
  if (section === undefined || asMapping(section) !== undefined) return;
  throw errorAt(section, 'invalid_template', `${name} must be a mapping: write what belongs below it, or remove it`);
}

function assertResources(root: Placed<YamlMapping>): void {
  const section = childOf(root, 'Resources');
  const resources = section === undefined ? undefined : asMapping(section);
  if (resources === undefined) return;
  for (const { key, value } of resources.value.entries.values()) {
    const resource = { value, path: pathTo(resources.path, nameOf(key)) };
    const properties = asMapping(resource);
    const message = `The resource ${nameOf(key)} must be a mapping with a Type: write Type: AWS::...`;
    if (properties === undefined) throw errorAt(resource, 'invalid_template', message);
    // A component may replace the resource; a key may be a template.
    const type = childOf(properties, 'Type');
    if (type === undefined && properties.value.entries.size > 0 && hasTemplateKey(properties)) continue;
    if (type?.value.kind !== 'scalar' || type.value.type !== 'string') {
      throw errorAt(type ?? resource, 'invalid_template', message);
    }
    assertAttributes(properties, nameOf(key));
    const details = childOf(properties, 'Properties');
    if (type.value.value.startsWith('AWS::IAM') && details !== undefined && asMapping(details) === undefined) {
      throw errorAt(details, 'invalid_template', `The Properties of ${nameOf(key)} must be a mapping`);
    }
  }
}

function assertAttributes(resource: Placed<YamlMapping>, name: string): void {
  const condition = childOf(resource, 'Condition');
  if (condition !== undefined && textOf(condition.value) === undefined) {
    throw errorAt(
      condition,
      'invalid_template',
      `The Condition of ${name} must be the name of one: write Condition: NAME`,
    );
  }
  const dependsOn = childOf(resource, 'DependsOn');
  const wrong = dependsOn === undefined ? undefined : findWrongShape(dependsOn, 'texts');
  if (wrong === undefined) return;
  throw errorAt(
    wrong.placed,
    'invalid_template',
    `DependsOn of ${name} must be the name of a resource, or a list of names`,
  );
}

function assertOutputs(root: Placed<YamlMapping>): void {
  const section = childOf(root, 'Outputs');
  const outputs = section === undefined ? undefined : asMapping(section);
  if (outputs === undefined) return;
  for (const { key, value } of outputs.value.entries.values()) {
    const output = { value, path: pathTo(outputs.path, nameOf(key)) };
    if (isTemplate(output)) continue;
    const properties = asMapping(output);
    if (properties !== undefined && (hasTemplateKey(properties) || childOf(properties, 'Value') !== undefined))
      continue;
    throw errorAt(
      output,
      'invalid_template',
      `The output ${nameOf(key)} must be a mapping with a Value: write Value: ...`,
    );
  }
}

// Senza gives CloudFormation the arguments by these names; boto3 rejects a call with an unknown name.
function assertParameters(root: Placed<YamlMapping>, known: ReadonlySet<string>): void {
  const section = childOf(root, 'Parameters');
  const parameters = section === undefined ? undefined : asMapping(section);
  if (parameters === undefined) return;
  for (const { key, value } of parameters.value.entries.values()) {
    const name = nameOf(key);
    if (known.has(name) || name.includes('{{')) continue;
    const placed = { value, path: pathTo(parameters.path, name) };
    throw errorAt(
      placed,
      'invalid_parameters',
      `Senza has no value for the parameter ${name}: declare it in SenzaInfo.Parameters`,
    );
  }
}

/** Whether a key is a template, which can become any name. */
export function hasTemplateKey({ value }: Placed<YamlMapping>): boolean {
  return [...value.entries.values()].some(({ key }) => key.type === 'string' && key.value.includes('{{'));
}
