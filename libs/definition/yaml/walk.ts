import { type YamlEntry, type YamlMapping, type YamlScalar, type YamlValue } from './value.js';

/** Where a value is in the definition: a list of keys and indexes, innermost first. */
export interface Path {
  readonly parent: Path | undefined;
  readonly name: string;
}

/** A scalar and where it is. */
export interface PlacedScalar {
  readonly scalar: YamlScalar;
  readonly path: Path | undefined;
}

/** Extends a path. */
export function pathTo(parent: Path | undefined, name: string | number): Path {
  return { parent, name: name.toString() };
}

/** A path as JSON pointer (RFC 6901). */
export function pointerOf(path: Path | undefined): string {
  const names: string[] = [];
  for (let part = path; part !== undefined; part = part.parent) names.push(part.name);
  return names
    .reverse()
    .map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** How a key is called in a path. */
export function nameOf(key: YamlScalar): string {
  return key.value === null ? 'null' : key.value.toString();
}

/** The entries of a mapping in the order in which Senza's `yaml.dump` writes them: sorted, if Python can compare them. */
export function dumpOrder(mapping: YamlMapping): readonly YamlEntry[] {
  const entries = [...mapping.entries.values()];
  if (!entries.every(({ key }) => key.type === 'string')) return entries;
  return entries.sort((a, b) => (nameOf(a.key) < nameOf(b.key) ? -1 : 1));
}

/** All scalars in the order of `yaml.dump`, keys included. What an alias repeats comes once, as there. */
export function* scalarsOf(
  value: YamlValue,
  path?: Path,
  seen: Set<YamlValue> = new Set<YamlValue>(),
): Generator<PlacedScalar> {
  if (value.kind === 'scalar') {
    yield { scalar: value, path };
    return;
  }
  if (seen.has(value)) return;
  seen.add(value);
  if (value.kind === 'sequence') {
    for (const [index, item] of value.items.entries()) yield* scalarsOf(item, pathTo(path, index), seen);
    return;
  }
  for (const { key, value: item } of dumpOrder(value)) {
    const inner = pathTo(path, nameOf(key));
    yield { scalar: key, path: inner };
    yield* scalarsOf(item, inner, seen);
  }
}
