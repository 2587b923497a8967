import { tooManyNodes } from './construct.js';
import { NODES_LIMIT } from './limits.js';
import { type YamlValue } from './value.js';

/**
 * Counts the values of a definition as they will be in the template, where each alias is written out. Each value is
 * looked at once, however often it is repeated.
 *
 * @throws {DefinitionError} `too_complex`
 */
export function assertExpansionLimit(root: YamlValue): void {
  const sizes = new Map<YamlValue, number>();
  const measure = (value: YamlValue): number => {
    if (value.kind === 'scalar') return 1;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    let size = 1;
    if (value.kind === 'sequence') for (const item of value.items) size += measure(item);
    if (value.kind === 'mapping') for (const entry of value.entries.values()) size += 1 + measure(entry.value);
    if (size > NODES_LIMIT) throw tooManyNodes(value);
    sizes.set(value, size);
    return size;
  };
  measure(root);
}
