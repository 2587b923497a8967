import { DefinitionError, type DefinitionPosition } from '../errors/definition-error.js';

/** How deep a definition can be nested. Python's recursion limit of 1000 stops Senza at about 330 levels. */
const DEPTH_LIMIT = 300;
/** How many anchors (`&`) a definition can have. Real ones have some dozens. */
const ANCHORS_LIMIT = 500;
/** How many values a definition can have, also when its aliases are expanded and its `<<` merged. */
export const NODES_LIMIT = 100_000;

/** Bounds what is written out. @throws {DefinitionError} `too_complex` */
export function assertLimits(depth: number, nodes: number, position: DefinitionPosition): void {
  if (depth > DEPTH_LIMIT) {
    const problem = `The definition is nested more than ${DEPTH_LIMIT} levels deep: flatten it`;
    throw new DefinitionError('too_complex', problem, { position });
  }
  if (nodes > NODES_LIMIT) {
    const problem = `The definition has more than ${NODES_LIMIT} values: make it smaller`;
    throw new DefinitionError('too_complex', problem, { position });
  }
}

/** Bounds what aliases can repeat. @throws {DefinitionError} `too_complex` */
export function assertAnchors(anchors: number, position: DefinitionPosition): void {
  if (anchors <= ANCHORS_LIMIT) return;
  const problem = `The definition has more than ${ANCHORS_LIMIT} anchors (&): write the values where they are used`;
  throw new DefinitionError('too_complex', problem, { position });
}
