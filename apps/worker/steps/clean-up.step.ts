import { type DomainWeights, type StackStatus } from '#aws';
import { type StackVersion, versionsOf } from './stack-versions.js';
import { type CleanUpResult, JobFailedError } from '#jobs';
import { SenzaError } from '#senza';
import { senzaDelete } from '#senza/commands/delete.js';
import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';
import { type Step } from '../engine/step.js';
import { stacksWithTraffic } from './weights.js';

/** The stacks that a clean-up retains, and why. */
interface RetainedStack {
  readonly stack: string;
  readonly status: StackStatus;
  readonly why: string;
}

/** Which stacks a clean-up deletes, and which it retains. */
export interface CleanUpPlan {
  readonly remove: readonly StackVersion[];
  readonly retained: readonly RetainedStack[];
}

/**
 * Chooses the stacks to delete: of the older versions without traffic, those that failed to be created, and all but the
 * `keep` newest, by creation time, of the others. Versions are never compared as text.
 * @param receiving the stacks that receive traffic
 */
export function planCleanUp(
  versions: readonly StackVersion[],
  { deployed, receiving, keep }: { deployed: StackVersion; receiving: ReadonlySet<string>; keep: number },
): CleanUpPlan {
  const older = versions
    .filter(({ id, createdAt }) => id !== deployed.id && createdAt.getTime() < deployed.createdAt.getTime())
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const remove: StackVersion[] = [];
  const retained: RetainedStack[] = [];
  let kept = 0;
  for (const version of older) {
    if (receiving.has(version.name)) {
      retained.push({ stack: version.name, status: version.status, why: 'receives traffic' });
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
        else retained.push({ stack: version.name, status: version.status, why: 'kept as one of the newest' });
        break;
      default:
        retained.push({ stack: version.name, status: version.status, why: `is in ${version.status}` });
    }
  }
  return { remove, retained };
}

interface Payload {
  readonly keep_stacks: number | null;
}

const cleanUpState = z.object({
  /** Stacks that were chosen for deletion: each is recorded before it is deleted. */
  chosen: z.array(z.string()).default([]),
  /** Stacks that are kept, each with the unfinished job that has it, or with the reason why Senza refused to delete it. */
  skipped: z.record(z.string(), z.string()).default({}),
  /** The stack to delete next, as the last observation has chosen it. */
  next: z.object({ name: z.string(), version: z.string() }).nullable().default(null),
  /** The weighted domains of the versions, as the first observation has found them. */
  domains: z.array(z.string()).nullable().default(null),
  /** How many commands had run when the lock of the stack name was last released to other jobs. */
  yielded_after: z.number().default(0),
});

/**
 * Deletes older versions without traffic. Never waits for a version's lock: stacks of other unfinished jobs are retained
 * and named. Finishes when CloudFormation has accepted the deletions.
 */
export const cleanUp: Step<Payload> = {
  name: 'clean_up',
  locksStackName: true,
  releasesLockWhileWaiting: true,

  async observe(context) {
    const { chosen, skipped, yielded_after: yieldedAfter } = cleanUpState.parse(context.record.data);
    const commands = context.record.journal.length;
    if (context.hasApplied && commands > yieldedAfter) {
      // A traffic change that waits for the lock runs first; then the rest is planned again.
      context.remember({ yielded_after: commands });
      const { stack } = context;
      return {
        state: 'in_progress',
        wait: { reason: 'cloudformation', stack: stack.id, state: 'clean-up' },
        afterMs: 0,
      };
    }
    const { remove, retained } = await plan(context);
    const left = remove.filter(({ name }) => skipped[name] === undefined);
    // Of those chosen before a crash some may still exist: deletions have completed or are in progress.
    const existing = [
      ...left.map(({ name }) => name),
      ...retained.filter(({ status }) => status !== 'DELETE_IN_PROGRESS').map(({ stack }) => stack),
    ];
    const deleted = chosen.filter((name) => skipped[name] === undefined && !existing.includes(name));
    const all = [
      ...retained.filter(({ stack }) => !deleted.includes(stack) && skipped[stack] === undefined),
      ...Object.entries(skipped).map(([stack, why]) => ({ stack, why })),
      ...left.map(({ name }) => ({ stack: name, why: 'not deleted yet' })),
    ];
    const result = { deleted, retained: all.map(({ stack, why }) => ({ stack, why })) } satisfies CleanUpResult;
    const [next] = left;
    if (next !== undefined) {
      context.report(result);
      const isFresh = !chosen.includes(next.name);
      if (isFresh) context.remember({ chosen: [...chosen, next.name] });
      context.remember({ next: { name: next.name, version: next.version } });
      return { state: 'not_started', evenAfterApply: isFresh, madeProgress: isFresh && chosen.length > 0 };
    }
    return { state: 'done', message: messageOf(deleted, all), result };
  },

  // One stack for each command: a worker that crashes after some of many has made progress.
  async apply(context) {
    const { next } = cleanUpState.parse(context.record.data);
    if (next !== null) await removeOne(context, next);
  },
};

function messageOf(deleted: readonly string[], retained: readonly Pick<RetainedStack, 'stack' | 'why'>[]): string {
  const gone = deleted.length === 0 ? 'nothing deleted' : `deleted ${deleted.join(', ')}`;
  const rest = retained.map(({ stack, why }) => `${stack} (${why})`).join(', ');
  return retained.length === 0 ? gone : `${gone}; retained ${rest}`;
}

async function plan(context: StepContext<Payload>): Promise<ReturnType<typeof planCleanUp>> {
  const { stack, payload } = context;
  const versions = await versionsOf(context);
  const deployed = versions.find(({ name }) => name === stack.id);
  if (deployed === undefined) {
    throw new JobFailedError('stack_not_found', `The stack ${stack.id} no longer exists.`, { stack: stack.id });
  }
  const receiving = stacksWithTraffic(await weightsOfVersions(context, versions));
  return planCleanUp(versions, { deployed, receiving, keep: payload.keep_stacks ?? 0 });
}

/**
 * Reads the weights of the versions' domains. The first observation finds the domains, by one call for each version; later
 * ones read their records only. Senza itself retains a stack that has received traffic of another domain since.
 */
async function weightsOfVersions(
  context: StepContext<Payload>,
  versions: readonly StackVersion[],
): Promise<DomainWeights[]> {
  const { services, stack, signal, record } = context;
  const { domains: known } = cleanUpState.parse(record.data);
  if (known !== null) return await services.aws.weights(stack.region, [], signal, known);
  const names = versions.map(({ name }) => name);
  const found = await services.aws.weights(stack.region, names, signal);
  context.remember({ domains: [...new Set(found.map(({ domain }) => domain))] });
  return found;
}

async function removeOne(
  context: StepContext<Payload>,
  { name, version }: Pick<StackVersion, 'name' | 'version'>,
): Promise<void> {
  const { services, stack, signal } = context;
  const { skipped } = cleanUpState.parse(context.record.data);
  const { takenBy } = await context.tryLockVersion(version);
  if (takenBy !== null) {
    context.remember({ skipped: { ...skipped, [name]: `job ${takenBy} is about it` } });
    return;
  }
  try {
    if ((await services.aws.stackByName(stack.region, name, signal))?.terminationProtection === true) {
      context.remember({ skipped: { ...skipped, [name]: 'has termination protection' } });
      return;
    }
    // Neither the plan nor Senza sees all records of a stack.
    if ((await services.aws.domainsWithTraffic(stack.region, name, signal)).size > 0) {
      context.remember({ skipped: { ...skipped, [name]: 'receives traffic' } });
      return;
    }
    await context.whileChanging(() =>
      // Not forced: a stack that has received traffic since the observation stays.
      services.senza.run(
        senzaDelete,
        { region: stack.region, stackName: stack.name, stackVersion: version },
        context.command(),
      ),
    );
  } catch (error) {
    if (!(error instanceof SenzaError)) throw error;
    if (error.code === 'has_traffic') context.remember({ skipped: { ...skipped, [name]: 'receives traffic' } });
    else if (error.code !== 'stack_not_found') throw error;
  } finally {
    await context.unlockVersion(version);
  }
}
