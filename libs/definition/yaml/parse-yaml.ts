import { Constructor } from './construct.js';
import { assertExpansionLimit } from './expansion.js';
import { Parser } from './parser.js';
import { type YamlValue } from './value.js';

/**
 * Reads a YAML 1.1 document exactly as PyYAML's `safe_load` does, with which Senza reads definitions. Takes time and
 * memory linear in the length of the text. Unlike PyYAML, it refuses values that contain themselves and what is larger
 * than the limits of limits.ts.
 *
 * @returns the value; undefined for a text without any.
 * @throws {DefinitionError} `invalid_yaml` or `too_complex`, with line and column.
 */
export function parseYaml(text: string): YamlValue | undefined {
  const root = new Parser(text).parse();
  if (root === undefined) return undefined;
  const value = new Constructor().construct(root);
  assertExpansionLimit(value);
  return value;
}
