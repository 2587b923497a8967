import { type StackStatus } from '#aws';
import { type StackVersion } from './versions.js';

/** What is left alone by a clean-up, and why. */
export interface Left {
  readonly stack: string;
  readonly status: StackStatus;
  readonly why: string;
}

/** Which stacks a clean-up deletes, and which it leaves. */
export interface CleanUpPlan {
  readonly remove: readonly StackVersion[];
  readonly left: readonly Left[];
}

/**
 * Chooses what goes: of the older versions without traffic, those that failed to be created, and all but the `keep`
 * newest, by creation time, of those that stand. Versions are never compared as text.
 * @param receiving the stacks that get traffic
 */
export function planCleanUp(
  versions: readonly StackVersion[],
  { deployed, receiving, keep }: { deployed: StackVersion; receiving: ReadonlySet<string>; keep: number },
): CleanUpPlan {
  const older = versions
    .filter(({ id, createdAt }) => id !== deployed.id && createdAt.getTime() < deployed.createdAt.getTime())
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const remove: StackVersion[] = [];
  const left: Left[] = [];
  let kept = 0;
  for (const version of older) {
    if (receiving.has(version.name)) {
      left.push({ stack: version.name, status: version.status, why: 'receives traffic' });
      continue;
    }
    switch (version.status) {
      case 'ROLLBACK_COMPLETE':
      case 'CREATE_FAILED':
        remove.push(version);
        break;
      case 'CREATE_COMPLETE':
      case 'UPDATE_COMPLETE':
      case 'UPDATE_ROLLBACK_COMPLETE':
        kept += 1;
        if (kept > keep) remove.push(version);
        else left.push({ stack: version.name, status: version.status, why: 'kept as one of the newest' });
        break;
      default:
        left.push({ stack: version.name, status: version.status, why: `is in ${version.status}` });
    }
  }
  return { remove, left };
}
