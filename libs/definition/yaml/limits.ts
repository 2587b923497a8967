import { DefinitionError, type DefinitionPosition } from '../errors/definition-error.js';

/** How deep a definition can be nested. Python's recursion limit of 1000 stops Senza at about 330 levels. */
const DEPTH_LIMIT = 300;
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
