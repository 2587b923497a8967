import { type DomainShares } from '../kinds/domain-shares.js';
import { type TrafficChange } from './traffic-change.js';

/** Weights that cannot be restored, and why. */
export class RollbackRefusedError extends Error {
  override readonly name = 'RollbackRefusedError';
}

/**
 * The weights that a rollback of a change restores: those of each domain that had traffic. A domain that had none, for example because
 * only a later version has it, keeps its current weights.
 * @throws RollbackRefusedError
 */
export function rollbackTarget({ before }: Pick<TrafficChange, 'before'>): DomainShares[] {
  const target = before.filter(({ weights }) => Object.values(weights).some((share) => share > 0));
  const [inZones] = target.filter(({ variant }) => variant?.includes(' '));
  if (inZones !== undefined) {
    throw new RollbackRefusedError(`The records of ${inZones.domain} had different weights in two hosted zones.`);
  }
  if (target.length === 0) throw new RollbackRefusedError('No version had traffic before that change.');
  return target;
}
