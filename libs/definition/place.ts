import { DefinitionError, type DefinitionErrorCode } from './errors/definition-error.js';
import { entryOf, type YamlMapping, type YamlValue } from './yaml/value.js';
import { type Path, pathTo, pointerOf } from './yaml/walk.js';

/** A value of the definition and where it is. */
export interface Placed<T extends YamlValue = YamlValue> {
  readonly value: T;
  readonly path: Path | undefined;
}

/** The value of a mapping's key. */
export function childOf({ value, path }: Placed<YamlMapping>, name: string): Placed | undefined {
  const entry = entryOf(value, name);
  return entry === undefined ? undefined : { value: entry.value, path: pathTo(path, name) };
}

/** The value as a mapping; undefined if it is something else. */
export function asMapping({ value, path }: Placed): Placed<YamlMapping> | undefined {
  return value.kind === 'mapping' && value.type === 'dict' ? { value, path } : undefined;
}

/** The items of a list; undefined if it is something else. */
export function itemsOf({ value, path }: Placed): readonly Placed[] | undefined {
  if (value.kind !== 'sequence') return undefined;
  return value.items.map((item, index) => ({ value: item, path: pathTo(path, index) }));
}

/** Whether Senza renders the value first, so that it can become something else. */
export function isTemplate({ value }: Placed): boolean {
  return value.kind === 'scalar' && value.type === 'string' && value.value.includes('{{');
}

/** Whether Python takes the value for empty, and loops over nothing. */
export function isEmptyCollection({ value }: Placed): boolean {
  if (value.kind === 'sequence') return value.items.length === 0;
  if (value.kind === 'mapping') return value.entries.size === 0;
  return value.value === '';
}

/** An error at a place of the definition. The sentence says what to write instead. */
export function errorAt({ value, path }: Placed, code: DefinitionErrorCode, message: string): DefinitionError {
  return new DefinitionError(code, message, { position: value.mark, pointer: pointerOf(path) });
}
