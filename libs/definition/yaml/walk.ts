import { type YamlEntry, type YamlMapping, type YamlScalar, type YamlValue } from './value.js';

/** Where a value is in the definition: keys and indexes, innermost first. */
export interface Path {
  readonly parent: Path | undefined;
  readonly step: YamlScalar | string | number;
}

/** A scalar and where it is. */
export interface PlacedScalar {
  readonly scalar: YamlScalar;
  readonly path: Path | undefined;
}

/** Extends a path. */
export function pathTo(parent: Path | undefined, step: Path['step']): Path {
  return { parent, step };
}

/** The last key or index of a path. */
export function lastName({ step }: Path): string {
  return typeof step === 'object' ? nameOf(step) : step.toString();
}

/** A path as JSON pointer (RFC 6901). */
export function pointerOf(path: Path | undefined): string {
  const names: string[] = [];
  for (let part = path; part !== undefined; part = part.parent) names.push(lastName(part));
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

/**
 * Visits all scalars, keys included. What an alias repeats comes once.
 *
 * @param entriesOf chooses the order of a mapping.
 */
export function visitScalars(
  value: YamlValue,
  path: Path | undefined,
  visit: (scalar: YamlScalar, path: Path | undefined) => void,
  entriesOf: (mapping: YamlMapping) => Iterable<YamlEntry> = (mapping) => mapping.entries.values(),
): void {
  const seen = new Set<YamlValue>();
  const walk = (current: YamlValue, place: Path | undefined): void => {
    if (current.kind === 'scalar') {
      visit(current, place);
      return;
    }
    if (seen.has(current)) return;
    seen.add(current);
    if (current.kind === 'sequence') {
      for (let index = 0; index < current.items.length; index += 1) {
        const item = current.items[index];
        if (item !== undefined) walk(item, pathTo(place, index));
      }
      return;
    }
    for (const { key, value: item } of entriesOf(current)) {
      const inner = pathTo(place, key);
      visit(key, inner);
      walk(item, inner);
    }
  };
  walk(value, path);
}
