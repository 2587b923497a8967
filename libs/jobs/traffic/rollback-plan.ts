import { type DomainShares } from '../kinds/domain-shares.js';
import { type ApplicationRef } from './traffic-change.js';

/** One traffic change of a rollback: the version, and its percentage. */
export interface RollbackMove {
  readonly version: string;
  readonly percentage: number;
}

/** Weights that cannot be restored, and why. */
export class RollbackRefusedError extends Error {
  override readonly name = 'RollbackRefusedError';
}

/**
 * The traffic changes that lead to these weights, whatever the weights are now. Senza sets one version's percentage and takes
 * the same amount from each other version that has traffic (senza/traffic.py, `calculate_new_weights`). So the first move
 * gives everything to the version with the largest share, and each further one adds a version with its share and with what
 * the moves after it will take from it: 50, 30, 20 % is 100 %, 40 %, 20 %. Senza's weights are whole halves of a percent:
 * with three or more versions a restored share can differ by half a percent. From the first move on, only versions that had
 * traffic before receive it.
 * @throws RollbackRefusedError
 */
export function planRollback({ name }: ApplicationRef, target: readonly DomainShares[]): RollbackMove[] {
  const shares = sharesOf(target);
  const foreign = [...shares.keys()].find((identifier) => !identifier.startsWith(`${name}-`));
  if (foreign !== undefined) {
    throw new RollbackRefusedError(
      `The record ${foreign} had traffic, and it does not belong to a version of ${name}.`,
    );
  }
  const sorted = [...shares].toSorted(([, one], [, other]) => other - one);
  const moves: RollbackMove[] = [];
  let takenLater = 0;
  for (const [index, [identifier, share]] of [...sorted.entries()].toReversed()) {
    const percentage = index === 0 ? 100 : Math.round((share + takenLater) * 2) / 2;
    moves.unshift({ version: identifier.slice(name.length + 1), percentage });
    takenLater += percentage / index;
  }
  return moves;
}

/** The shares above 0, which are the same in all domains. */
function sharesOf(target: readonly DomainShares[]): ReadonlyMap<string, number> {
  const [first, ...others] = target.map(({ domain, weights }) => ({
    domain,
    shares: new Map(Object.entries(weights).filter(([, share]) => share > 0)),
  }));
  if (first === undefined || first.shares.size === 0) {
    throw new RollbackRefusedError('No version had traffic before that change.');
  }
  const different = others.find(({ shares }) => !isSame(shares, first.shares));
  if (different !== undefined) {
    throw new RollbackRefusedError(
      `The weights of ${first.domain} and ${different.domain} were different, and Senza sets those of all domains at once.`,
    );
  }
  return first.shares;
}

function isSame(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([identifier, share]) => other.get(identifier) === share);
}
