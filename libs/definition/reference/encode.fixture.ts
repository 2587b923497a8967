import { type YamlScalar, type YamlValue } from '../yaml/value.js';

/** The encoding of run_pyyaml.py. */
export type Encoded = readonly [type: string, content?: unknown];

/** Writes a value as run_pyyaml.py writes Python's. */
export function encode(value: YamlValue | undefined): Encoded {
  if (value === undefined) return ['null'];
  switch (value.kind) {
    case 'scalar':
      return encodeScalar(value);
    case 'sequence':
      return ['list', value.items.map(encode)];
    case 'mapping': {
      const entries = [...value.entries.values()];
      if (value.type === 'set') return ['set', entries.map(({ key }) => JSON.stringify(encode(key))).sort()];
      return ['dict', entries.map(({ key, value: item }) => [encode(key), encode(item)])];
    }
  }
}

function encodeScalar(scalar: YamlScalar): Encoded {
  switch (scalar.type) {
    case 'null':
      return ['null'];
    case 'integer':
      return ['integer', scalar.value.toString()];
    case 'float':
      return ['float', toFloat64(scalar.value)];
    default:
      return [scalar.type, scalar.value];
  }
}

function toFloat64(value: number): string {
  return Object.is(value, -0) ? '-0' : value.toString();
}
