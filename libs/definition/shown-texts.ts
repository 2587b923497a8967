import { readTags } from './mustache.js';
import { asMapping, childOf, errorAt, itemsOf, type Placed } from './place.js';
import { entryOf, textOf, type YamlMapping, type YamlValue } from './yaml/value.js';
import { lastName, nameOf, type Path, pathTo, visitScalars } from './yaml/walk.js';

/** CloudFormation's limit ("CloudFormation quotas" in its user guide). */
const MAX_DESCRIPTION_BYTES = 1024;

/** A parameter in the text of `Fn::Sub`; `${!NAME}` is the text `${NAME}`. */
const SUBSTITUTION = /\$\{([A-Za-z0-9]{1,255})\}/g;

/**
 * Checks what AWS and the agent show of every stack: its description, tags and outputs, the names and types of its resources, and
 * its domains. A secret in them could not be kept.
 *
 * @param secrets names of the parameters with `NoEcho`.
 * @throws {DefinitionError} `invalid_template`
 */
export function assertShownTexts(
  root: Placed<YamlMapping>,
  senzaInfo: YamlMapping,
  secrets: ReadonlySet<string>,
): void {
  const description = childOf(root, 'Description');
  if (description !== undefined) assertDescription(description);
  const texts = [
    ...(description === undefined ? [] : [['Description', description] as const]),
    ...textsIn('A tag of the stack', childIn(root, 'SenzaInfo', 'Tags')),
    ...textsIn('An output', childOf(root, 'Outputs')),
    ...resourceTexts(root),
  ];
  for (const [what, placed] of texts) {
    const text = textOf(placed.value) ?? '';
    const name = [...argumentsIn(text, senzaInfo), ...referencesIn(text, placed.path)].find((each) =>
      secrets.has(each),
    );
    if (name === undefined) continue;
    const message = `${what} uses the parameter "${name}", whose value is secret (NoEcho), and is shown: use another text`;
    throw errorAt(placed, 'invalid_template', message);
  }
}

function assertDescription(description: Placed): void {
  const text = textOf(description.value);
  if (text === undefined) {
    if (description.value.kind === 'scalar' && description.value.type === 'null') return;
    throw errorAt(description, 'invalid_template', 'Description must be a string: put it in quotes');
  }
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_DESCRIPTION_BYTES || text.includes('{{')) return;
  const message = `Description has ${bytes} bytes, and CloudFormation takes ${MAX_DESCRIPTION_BYTES}: shorten it`;
  throw errorAt(description, 'invalid_template', message);
}

type ShownText = readonly [what: string, placed: Placed];

/** The names, types and domains of resources and components. */
function resourceTexts(root: Placed<YamlMapping>): ShownText[] {
  const resources = childOf(root, 'Resources');
  const components = childOf(root, 'SenzaComponents');
  const owners = [
    ...(resources === undefined ? [] : [resources]),
    ...(components === undefined ? [] : (itemsOf(components) ?? [])),
  ];
  return owners.flatMap((owner) => {
    const mapping = asMapping(owner);
    if (mapping === undefined) return [];
    return [...mapping.value.entries.values()].flatMap(({ key, value }): ShownText[] => {
      const path = pathTo(mapping.path, key);
      const resource = asMapping({ value, path });
      return [['The name of a resource', { value: key, path }], ...(resource === undefined ? [] : textsOf(resource))];
    });
  });
}

/** The type and the domains of a record set or of a component with a load balancer. */
function textsOf(resource: Placed<YamlMapping>): ShownText[] {
  const type = childOf(resource, 'Type');
  const properties = mappingIn(resource, 'Properties');
  const isRecord = textOf(type?.value) === 'AWS::Route53::RecordSet' && properties !== undefined;
  const domains = mappingIn(resource, 'Domains');
  const owners: (readonly [Placed<YamlMapping>, readonly string[]])[] = [
    [resource, ['MainDomain', 'VersionDomain']],
    ...(isRecord ? [[properties, ['Name', 'SetIdentifier']] as const] : []),
    ...[...(domains?.value.entries.values() ?? [])].flatMap(({ key }) => {
      const domain = domains === undefined ? undefined : mappingIn(domains, nameOf(key));
      return domain === undefined ? [] : [[domain, ['Subdomain', 'Zone']] as const];
    }),
  ];
  const found = owners.flatMap(([owner, names]) => names.flatMap((name) => childOf(owner, name) ?? []));
  return [
    ...(type === undefined ? [] : [['The type of a resource', type] as const]),
    ...found.map((placed) => ['A domain', placed] as const),
  ];
}

/** All texts in a value, keys included. */
function textsIn(what: string, placed: Placed | undefined): ShownText[] {
  const texts: ShownText[] = [];
  if (placed === undefined) return texts;
  visitScalars(placed.value, placed.path, (value, path) => texts.push([what, { value, path }]));
  return texts;
}

function childIn(root: Placed<YamlMapping>, owner: string, name: string): Placed | undefined {
  const mapping = mappingIn(root, owner);
  return mapping === undefined ? undefined : childOf(mapping, name);
}

function mappingIn(owner: Placed<YamlMapping>, name: string): Placed<YamlMapping> | undefined {
  const child = childOf(owner, name);
  return child === undefined ? undefined : asMapping(child);
}

/** The parameters in the Mustache tags of a text, those of a text of SenzaInfo that it uses included. */
function argumentsIn(text: string, senzaInfo: YamlMapping): string[] {
  return namesIn(text).flatMap((name) => {
    if (!name.startsWith('SenzaInfo.')) return argumentOf(name);
    return namesIn(textOf(valueAt(senzaInfo, name.split('.').slice(1))) ?? '').flatMap(argumentOf);
  });
}

/** The parameters that a text of an intrinsic function of CloudFormation names (`Ref`, `Fn::Sub`). */
function referencesIn(text: string, path: Path | undefined): string[] {
  if (path === undefined) return [];
  const name = lastName(path);
  if (name === 'Ref') return [text];
  const isSub =
    name === 'Fn::Sub' || (name === '0' && path.parent !== undefined && lastName(path.parent) === 'Fn::Sub');
  return isSub ? [...text.matchAll(SUBSTITUTION)].map(([, parameter = '']) => parameter) : [];
}

function namesIn(text: string): string[] {
  if (!text.includes('{{')) return [];
  const tags = readTags(text);
  return 'code' in tags ? [] : tags.map(({ name }) => name);
}

function argumentOf(name: string): string[] {
  return name.startsWith('Arguments.') ? [name.slice('Arguments.'.length)] : [];
}

function valueAt(mapping: YamlMapping, [name = '', ...rest]: readonly string[]): YamlValue | undefined {
  const value = entryOf(mapping, name)?.value;
  return rest.length === 0 || value?.kind !== 'mapping' ? value : valueAt(value, rest);
}
