import { type Mark } from './reader.js';

/** A value of the definition that is neither a list nor a mapping, as PyYAML's safe loader makes it. */
export type YamlScalar = { readonly kind: 'scalar'; readonly mark: Mark } & (
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null'; readonly value: null }
  /** A date or a time; the value is its text. */
  | { readonly type: 'date'; readonly value: string }
  /** `!!binary`; the value is its base64 form. */
  | { readonly type: 'binary'; readonly value: string }
);

/** A list. `pairs`: the tag was `!!omap` or `!!pairs`, of which Python makes a list of tuples. */
export interface YamlSequence {
  readonly kind: 'sequence';
  readonly mark: Mark;
  readonly type: 'list' | 'pairs';
  readonly items: readonly YamlValue[];
}

/** A key and its value. */
export interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: YamlValue;
}

/** A mapping after merging. `set`: the tag was `!!set`, which has keys only. */
export interface YamlMapping {
  readonly kind: 'mapping';
  readonly mark: Mark;
  readonly type: 'dict' | 'set';
  readonly isFlow: boolean;
  /** By {@link keyOf} of their keys, in the order of Python's dict. */
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

/** A value of the definition. What an alias repeats is the same object. */
export type YamlValue = YamlScalar | YamlSequence | YamlMapping;

/** What makes keys equal in Python: there `1`, `1.0` and `true` are the same key, but `"1"` is another. */
export function keyOf(key: YamlScalar): string {
  switch (key.type) {
    case 'boolean':
      return `n${key.value ? '1' : '0'}`;
    case 'integer':
      return `n${key.value}`;
    case 'float':
      return Number.isInteger(key.value) ? `n${BigInt(key.value)}` : `n${key.value}`;
    case 'string':
      return `s${key.value}`;
    case 'null':
      return 'null';
    case 'date':
    case 'binary':
      return `${key.type} ${key.value}`;
  }
}

/** The entry of a mapping with this name. */
export function entryOf(mapping: YamlMapping, name: string): YamlEntry | undefined {
  return mapping.entries.get(`s${name}`);
}

/** The value of a mapping's key. */
export function valueOf(mapping: YamlMapping, name: string): YamlValue | undefined {
  return entryOf(mapping, name)?.value;
}

/** Whether the value is missing or null. */
export function isNull(value: YamlValue | undefined): boolean {
  return value === undefined || (value.kind === 'scalar' && value.type === 'null');
}

/** The text of a string; undefined for everything else. */
export function textOf(value: YamlValue | undefined): string | undefined {
  return value?.kind === 'scalar' && value.type === 'string' ? value.value : undefined;
}
