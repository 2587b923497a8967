import { type ApplicationRef, type DomainShares } from './traffic-change.js';

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
 * The traffic changes that lead to these weights, whatever the weights are now. Senza sets one version's percentage and
 * shares the rest among the others in proportion. So the first move gives everything to the version with the largest share,
 * and each further one adds a version with its share of what is restored so far: 20, 30, 50 % is 50 -> 100 %, 30 -> 37.5 %,
 * 20 -> 20 %. From the first move on, only versions that had traffic before receive it.
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
  let restored = 0;
  return [...shares]
    .toSorted(([, one], [, other]) => other - one)
    .map(([identifier, share]) => {
      restored += share;
      return { version: identifier.slice(name.length + 1), percentage: Math.round((share / restored) * 200) / 2 };
    });
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
