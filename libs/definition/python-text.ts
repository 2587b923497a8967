import { type YamlScalar, type YamlValue } from './yaml/value.js';

/** What Python's `str()` makes of a value, as far as texts of definitions need it: exact for all but lists and mappings. */
export function toPythonText(value: YamlValue): string {
  switch (value.kind) {
    case 'scalar':
      return scalarText(value);
    case 'sequence':
      return `[${value.items.map(quoted).join(', ')}]`;
    case 'mapping':
      return `{${[...value.entries.values()].map(({ key, value: item }) => `${quoted(key)}: ${quoted(item)}`).join(', ')}}`;
  }
}

function quoted(value: YamlValue): string {
  return value.kind === 'scalar' && value.type === 'string' ? `'${value.value}'` : toPythonText(value);
}

function scalarText(scalar: YamlScalar): string {
  switch (scalar.type) {
    case 'null':
      return 'None';
    case 'boolean':
      return scalar.value ? 'True' : 'False';
    case 'float':
      return floatText(scalar.value);
    case 'integer':
      return scalar.value.toString();
    default:
      return scalar.value;
  }
}

// Python writes 1.0 for 1, 1e+16 for 10000000000000000, and inf.
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : value.toString();
}
