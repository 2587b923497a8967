import { createHash } from 'node:crypto';
import { type Definition } from './definition.js';
import { secretNames } from './parameters.js';
import { entryOf, type YamlMapping, type YamlScalar, type YamlValue } from './yaml/value.js';
import { nameOf } from './yaml/walk.js';

/** Hexadecimal digits of SHA-256. */
const DIGEST_LENGTH = 64;

function sha256(parts: readonly string[]): string {
  const hash = createHash('sha256');
  // With lengths, so that different parts never make the same text.
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('hex');
}

/**
 * Digest of what a definition says: equal for texts that differ in comments, quotes, indentation, aliases and the order
 * of keys (Senza sorts them). Linear: what an alias repeats is hashed once.
 *
 * @param secrets names of parameters whose defaults are left out.
 */
export function digestContent(root: YamlMapping, secrets: ReadonlySet<string>): string {
  const hidden = new Set<YamlMapping>(propertiesOf(root, secrets));
  const digests = new Map<YamlValue, string>();
  const digest = (value: YamlValue): string => {
    if (value.kind === 'scalar') return digestScalar(value);
    const known = digests.get(value);
    if (known !== undefined) return known;
    const made = sha256(value.kind === 'sequence' ? [value.type, ...value.items.map(digest)] : partsOf(value));
    digests.set(value, made);
    return made;
  };
  const partsOf = (mapping: YamlMapping): string[] => {
    const parts: string[] = [];
    for (const [name, { value }] of mapping.entries) {
      if (name === 'sDefault' && hidden.has(mapping)) continue;
      parts.push(`${name.length}:${name}${digest(value)}`);
    }
    return [mapping.type, ...parts.sort()];
  };
  return digest(root);
}

// Short texts stand for themselves. Long ones may be repeated by many aliases.
function digestScalar({ type, value }: YamlScalar): string {
  const text = String(value);
  return `${type} ${text.length > DIGEST_LENGTH ? sha256([text]) : text}`;
}

// The properties of these parameters, in SenzaInfo and in CloudFormation's own section.
function* propertiesOf(root: YamlMapping, names: ReadonlySet<string>): Generator<YamlMapping> {
  const senzaInfo = entryOf(root, 'SenzaInfo')?.value;
  const declared = senzaInfo?.kind === 'mapping' ? entryOf(senzaInfo, 'Parameters')?.value : undefined;
  const groups = declared?.kind === 'sequence' ? declared.items : [];
  for (const group of [...groups, entryOf(root, 'Parameters')?.value]) {
    if (group?.kind !== 'mapping') continue;
    for (const { key, value } of group.entries.values()) {
      if (value.kind === 'mapping' && names.has(nameOf(key))) yield value;
    }
  }
}

/**
 * The digest of a deployment for the stack's tag `LizzyDefinition`: equal when the definitions mean the same and all
 * parameters have the same values, whether given or by default. Values of NoEcho parameters are left out.
 *
 * @param values of all parameters, defaults included.
 * @returns `sha256:` and 64 hexadecimal digits.
 */
export function definitionDigest(definition: Definition, values: ReadonlyMap<string, string>): string {
  const secrets = new Set(secretNames(definition));
  const shown = [...values].filter(([name]) => !secrets.has(name)).map(([name, value]) => sha256([name, value]));
  return `sha256:${sha256([definition.contentDigest, ...shown.sort()])}`;
}
