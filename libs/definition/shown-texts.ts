import { readTags } from './mustache.js';
import { asMapping, childOf, errorAt, itemsOf, type Placed } from './place.js';
import { entryOf, textOf, type YamlMapping, type YamlValue } from './yaml/value.js';
import { pathTo } from './yaml/walk.js';

/** CloudFormation's limit ("CloudFormation quotas" in its user guide). */
const MAX_DESCRIPTION_BYTES = 1024;

/**
 * Checks what AWS and the agent show of every stack: its description, and the names of its resources. A secret in them could
 * not be kept.
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
  const texts = [...(description === undefined ? [] : [['Description', description] as const]), ...resourceNames(root)];
  for (const [what, placed] of texts) {
    const name = argumentsIn(textOf(placed.value) ?? '', senzaInfo).find((each) => secrets.has(each));
    if (name === undefined) continue;
    const message = `${what} uses the parameter "${name}", whose value is secret (NoEcho), and is shown: use another text`;
    throw errorAt(placed, 'invalid_template', message);
  }
}

function assertDescription(description: Placed): void {
  const text = textOf(description.value);
  if (text === undefined) {
    if (description.value.kind === 'scalar' && description.value.type === 'null') return;
    throw errorAt(description, 'invalid_template', 'Description must be a text: put it in quotes');
  }
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_DESCRIPTION_BYTES || text.includes('{{')) return;
  const message = `Description has ${bytes} bytes, and CloudFormation takes ${MAX_DESCRIPTION_BYTES}: shorten it`;
  throw errorAt(description, 'invalid_template', message);
}

/** The keys of resources and components, each as a text of its own. */
function resourceNames(root: Placed<YamlMapping>): (readonly [string, Placed])[] {
  const resources = childOf(root, 'Resources');
  const components = childOf(root, 'SenzaComponents');
  const owners = [
    ...(resources === undefined ? [] : [resources]),
    ...(components === undefined ? [] : (itemsOf(components) ?? [])),
  ];
  return owners.flatMap((owner) => {
    const mapping = asMapping(owner);
    if (mapping === undefined) return [];
    const keys = [...mapping.value.entries.values()].map(({ key }) => key);
    return keys.map((key) => ['The name of a resource', { value: key, path: pathTo(mapping.path, key) }] as const);
  });
}

/** The parameters in the Mustache tags of a text, those of a text of SenzaInfo that it uses included. */
function argumentsIn(text: string, senzaInfo: YamlMapping): string[] {
  return namesIn(text).flatMap((name) => {
    if (!name.startsWith('SenzaInfo.')) return argumentOf(name);
    return namesIn(textOf(valueAt(senzaInfo, name.split('.').slice(1))) ?? '').flatMap(argumentOf);
  });
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
