import { DefinitionError } from './definition-error.js';
import { type Mapping, toMapping } from './mapping.js';
import { isReservedTagKey } from './tags.js';

/**
 * Refuses tags in `SenzaInfo.Tags` that would pass for the agent's, Senza's or AWS's. Senza takes a mapping or a list
 * of mappings there (`create_cf_template` in its cli.py) and renders templates in both.
 *
 * @throws {DefinitionError} `reserved_tag`
 */
export function refuseReservedTags(senzaInfo: Mapping): void {
  const tags = senzaInfo.get('Tags');
  const mappings: readonly unknown[] = Array.isArray(tags) ? tags : [tags];
  for (const mapping of mappings) {
    for (const key of toMapping(mapping)?.keys() ?? []) {
      const name = String(key);
      if (isReservedTagKey(name))
        throw new DefinitionError('reserved_tag', `The tag "${name}" in SenzaInfo.Tags is reserved`);
      if (name.includes('{{'))
        throw new DefinitionError('reserved_tag', 'A key in SenzaInfo.Tags must not be a template');
    }
  }
}
