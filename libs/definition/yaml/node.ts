import { type Mark } from './reader.js';
import { TAG_PREFIX } from './resolver.js';
import { type ScalarStyle } from './tokens.js';

interface NodeBase {
  /** The full tag, `tag:yaml.org,2002:str` and the like. */
  readonly tag: string;
  readonly mark: Mark;
}

/** A text of the document, not converted yet. */
export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly value: string;
  readonly style: ScalarStyle;
}

/** A list. */
interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  readonly items: Node[];
}

/** A mapping before merging: keys can occur several times. */
export interface MappingNode extends NodeBase {
  readonly kind: 'mapping';
  readonly pairs: NodePair[];
  /** Written as `{...}`. */
  readonly isFlow: boolean;
}

/** A key and its value. */
export type NodePair = readonly [key: Node, value: Node];
/** A node of the document. An alias is the same object as what it repeats. */
export type Node = ScalarNode | SequenceNode | MappingNode;

/** The value of what is left out: null. */
export function emptyScalar(mark: Mark): Node {
  return { kind: 'scalar', tag: `${TAG_PREFIX}null`, value: '', style: 'plain', mark };
}
