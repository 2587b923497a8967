import { DefinitionError } from '../errors/definition-error.js';
import { NODES_LIMIT } from './limits.js';
import { type MappingNode, type Node, type NodePair } from './node.js';
import { syntaxError } from './reader.js';
import { TAG_PREFIX } from './resolver.js';
import { convertScalar } from './scalars.js';
import {
  keyOf,
  type YamlEntry,
  type YamlMapping,
  type YamlScalar,
  type YamlSequence,
  type YamlValue,
} from './value.js';

const SCALAR_TYPES: ReadonlySet<string> = new Set(['null', 'bool', 'int', 'float', 'binary', 'timestamp', 'str']);
const LIST_TYPES: ReadonlySet<string> = new Set(['seq', 'omap', 'pairs']);
const MAPPING_TYPES: ReadonlySet<string> = new Set(['map', 'set']);
const CLOUDFORMATION_FUNCTION = /^!(?:Ref|GetAtt|Sub|Join|If|Equals|And|Or|Not|Select|Split|FindInMap|GetAZs|Base64)$/;

/** Converts nodes to values as PyYAML's SafeConstructor does, `<<` and equal keys included. */
export class Constructor {
  private readonly values = new Map<Node, YamlValue>();
  private readonly mergedPairs = new Map<MappingNode, readonly NodePair[]>();
  private merged = 0;

  /** @throws {DefinitionError} `invalid_yaml` or `too_complex` */
  construct(node: Node): YamlValue {
    // A scalar that is repeated may as well be made again.
    if (node.kind === 'scalar') return this.convert(node);
    const known = this.values.get(node);
    if (known !== undefined) return known;
    const value = this.convert(node);
    this.values.set(node, value);
    return value;
  }

  private convert(node: Node): YamlValue {
    const type = node.tag.startsWith(TAG_PREFIX) ? node.tag.slice(TAG_PREFIX.length) : '';
    if (SCALAR_TYPES.has(type)) return this.toScalar(node, type);
    if (LIST_TYPES.has(type)) return type === 'seq' ? this.toList(node) : this.toPairs(node);
    if (MAPPING_TYPES.has(type)) return this.toMapping(node, type === 'set');
    throw unknownTag(node);
  }

  private toScalar(node: Node, type: string): YamlScalar {
    // `=` is the default value of a mapping in YAML 1.1.
    if (node.kind === 'mapping') {
      const standIn = node.pairs.find(([key]) => key.tag === `${TAG_PREFIX}value`)?.[1];
      if (standIn !== undefined) return this.toScalar({ ...standIn, tag: node.tag }, type);
    }
    if (node.kind === 'scalar') return convertScalar(type, node.value, node);
    throw syntaxError(`The tag !!${type} needs a string: remove the tag`, node.mark);
  }

  private toList(node: Node): YamlSequence {
    if (node.kind !== 'sequence') throw syntaxError('The tag !!seq needs a list: remove the tag', node.mark);
    const items = node.items.map((item) => this.construct(item));
    return { kind: 'sequence', type: 'list', mark: node.mark, items };
  }

  private toPairs(node: Node): YamlSequence {
    const problem = 'The tags !!omap and !!pairs need a list of mappings with one key each: remove the tag';
    if (node.kind !== 'sequence') throw syntaxError(problem, node.mark);
    const items = node.items.map((item): YamlSequence => {
      const [pair, ...rest] = item.kind === 'mapping' ? item.pairs : [];
      if (pair === undefined || rest.length > 0) throw syntaxError(problem, item.mark);
      const [key, value] = pair;
      return { kind: 'sequence', type: 'list', mark: item.mark, items: [this.construct(key), this.construct(value)] };
    });
    return { kind: 'sequence', type: 'pairs', mark: node.mark, items };
  }

  private toMapping(node: Node, isSet: boolean): YamlMapping {
    if (node.kind !== 'mapping') throw syntaxError('The tag !!map or !!set needs a mapping: remove the tag', node.mark);
    const entries = new Map<string, YamlEntry>();
    for (const [keyNode, valueNode] of this.flatten(node)) {
      const key = this.toKey(keyNode);
      const name = keyOf(key);
      // Python keeps the first of equal keys and the last of their values.
      entries.set(name, { key: entries.get(name)?.key ?? key, value: this.construct(valueNode) });
    }
    return { kind: 'mapping', type: isSet ? 'set' : 'dict', mark: node.mark, isFlow: node.isFlow, entries };
  }

  private toKey(node: Node): YamlScalar {
    // In a mapping, an unquoted `=` is a key like any other.
    const isDefaultKey = node.tag === `${TAG_PREFIX}value`;
    const key = this.construct(isDefaultKey && node.kind === 'scalar' ? { ...node, tag: `${TAG_PREFIX}str` } : node);
    if (key.kind === 'scalar') return key;
    throw syntaxError('A list or mapping cannot be a key: put a string that begins with { or [ in quotes', node.mark);
  }

  // `flatten_mapping`: what `<<` brings comes before the mapping's own pairs, so that these win.
  private flatten(node: MappingNode): readonly NodePair[] {
    const known = this.mergedPairs.get(node);
    if (known !== undefined) return known;
    const merged: NodePair[] = [];
    const own: NodePair[] = [];
    for (const pair of node.pairs) {
      const [key, value] = pair;
      if (key.tag === `${TAG_PREFIX}merge`) this.merge(value, merged);
      else own.push(pair);
    }
    const pairs = merged.length === 0 ? own : [...merged, ...own];
    this.mergedPairs.set(node, pairs);
    return pairs;
  }

  private merge(source: Node, target: NodePair[]): void {
    const sources = source.kind === 'sequence' ? source.items.toReversed() : [source];
    for (const mapping of sources) {
      if (mapping.kind !== 'mapping') {
        throw syntaxError(
          '"<<" merges a mapping or a list of mappings: write <<: *NAME, or quote the key',
          mapping.mark,
        );
      }
      const pairs = this.flatten(mapping);
      this.merged += pairs.length;
      if (this.merged > NODES_LIMIT) throw tooManyNodes(mapping);
      for (const pair of pairs) target.push(pair);
    }
  }
}

/** A definition that would become too large. */
export function tooManyNodes({ mark }: Pick<Node, 'mark'>): DefinitionError {
  const problem = `With its aliases (*) and merges (<<) expanded, the definition has more than ${NODES_LIMIT} values`;
  return new DefinitionError('too_complex', `${problem}: repeat less`, { position: mark });
}

function unknownTag({ tag, mark }: Node): DefinitionError {
  if (tag === `${TAG_PREFIX}merge` || tag === `${TAG_PREFIX}value`) {
    return syntaxError('"<<" and "=" have a meaning of their own in YAML: put the text in quotes', mark);
  }
  if (CLOUDFORMATION_FUNCTION.test(tag)) {
    const name = tag === '!Ref' ? 'Ref' : `Fn::${tag.slice(1)}`;
    return syntaxError(`Senza does not know the short form ${tag}: write {"${name}": ...}`, mark);
  }
  return syntaxError('This tag is unknown: put a string that begins with ! in quotes', mark);
}
