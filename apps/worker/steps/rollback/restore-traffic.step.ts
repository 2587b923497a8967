import { type DomainShares, domainShares, JobFailedError, type RestoreResult, type RollbackPayload } from '#jobs';
import { senzaSetWeights } from '#senza/commands/set-weights.js';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { MAX_UNKNOWN_OBSERVATIONS } from '../../engine/retry-policy.js';
import { type StepContext } from '../../engine/step-context.js';
import { type Observation, type Step } from '../../engine/step.js';
import { sharesOf } from '../traffic/record-traffic.js';
import { versionsOf } from '../stack-versions.js';
import { updateInProgress, waitForUnsettledStacks } from '../traffic/checks.js';
import { findRolledBackUpdate } from '../traffic/rolled-back.js';
import { describeChanges, formatWeights, keyOf, type WeightsByDomain } from '../weights.js';
import { obstaclesOf, planRestore, type RestorePlan } from './restore-plan.js';

/** Number of failed commands after which the weights from before the rollback are restored; after twice as many the job fails. */
const MAX_FAILURES = 2;

const restoreState = z.object({
  /** The weights of the domains before the first command. */
  restored_from: z.array(domainShares).nullable().default(null),
  /** The stacks that the last command updates. */
  updates: z.array(z.string()).default([]),
  /** Why CloudFormation rolled an update back. */
  rolled_back: z.string().nullable().default(null),
});

/**
 * Sets the weights of all domains by one command. The command changes only what differs, so it is run again after a crash or
 * an error. When it cannot succeed, the weights from before are set again: no domain is left with a part of them.
 */
export const restoreTraffic: Step<RollbackPayload> = {
  name: 'traffic',
  locksStackName: true,

  async observe(context) {
    const versions = await versionsOf(context);
    const updating = await updateInProgress(context, versions, stateOf(context).updates);
    if (updating !== null) return updating;
    const locked = await context.lockDomains(context.payload.target.map(({ domain }) => domain));
    if (locked !== null) return { state: 'locked', ...locked };
    const plan = await planRestore(context, versions, goalOf(context));
    const domains = byDomain(sharesOf(plan.current));
    const wait = await waitForUnsettledStacks(context, plan.stacks, domains);
    if (wait !== null) return wait;
    if (plan.changes.length === 0) return reached(context, domains);
    if (!context.hasApplied) return await next(context, plan);
    const isOverdue = context.record.unknown_observations >= MAX_UNKNOWN_OBSERVATIONS;
    const undone = stateOf(context).rolled_back !== null;
    if (isOverdue && !undone && (await findRolledBackUpdate(context, plan.stacks)) !== null) {
      return await next(context, await planRestore(context, versions, goalOf(context)));
    }
    return { state: 'unknown', why: `the weights are ${formatWeights(domains)}, and not yet the requested ones` };
  },

  async apply(context) {
    const { services, stack, payload } = context;
    const goal = goalOf(context);
    if (goal !== payload.target) context.log('The rollback has failed: the weights from before it are set again');
    await context.whileChanging(() =>
      services.senza.run(
        senzaSetWeights,
        {
          region: stack.region,
          stackName: stack.name,
          domains: goal.map(({ domain, variant, weights }) => ({ domain, type: variant, weights })),
          records: payload.records,
        },
        context.command(),
      ),
    );
  },

  // Between its updates a domain can have more or less than 100 %.
  isUrgent: () => Promise.resolve(true),

  async describeState(context) {
    const plan = await planRestore(context, await versionsOf(context), context.payload.target);
    return { domains: byDomain(sharesOf(plan.current)) };
  },
};

function stateOf({ record }: StepContext<unknown>): z.output<typeof restoreState> {
  return restoreState.parse(record.data);
}

function failuresOf({ record }: StepContext<unknown>): number {
  return record.journal.filter(({ failure }) => failure !== undefined).length;
}

/** The weights to set: those to restore, or those from before the rollback when it cannot succeed. */
function goalOf(context: StepContext<RollbackPayload>): readonly DomainShares[] {
  const { restored_from: from, rolled_back: rolledBack } = stateOf(context);
  const isFailed = rolledBack !== null || failuresOf(context) >= MAX_FAILURES;
  return isFailed && from !== null ? from : context.payload.target;
}

/** The next command. @throws JobFailedError `traffic_refused` before the first one, when it could not succeed */
async function next(context: StepContext<RollbackPayload>, plan: RestorePlan): Promise<Observation> {
  const current = sharesOf(plan.current);
  const { restored_from: from } = stateOf(context);
  if (from === null) {
    const obstacles = await obstaclesOf(context, plan);
    if (obstacles.length > 0) {
      throw new JobFailedError('traffic_refused', `${obstacles.join('; ')}. Nothing was changed.`, { obstacles });
    }
  }
  context.remember({ restored_from: from ?? current, updates: plan.stacks.map(({ name }) => name) });
  const isPartial = from !== null && !isDeepStrictEqual(from, current);
  return { state: 'not_started', evenAfterApply: true, repairs: isPartial && failuresOf(context) < 2 * MAX_FAILURES };
}

/** The weights are those of the goal. @throws JobFailedError `stack_failed` when that is to undo the rollback */
function reached(context: StepContext<RollbackPayload>, domains: WeightsByDomain): Observation {
  const { restored_from: from, rolled_back: rolledBack } = stateOf(context);
  if (rolledBack !== null) {
    throw new JobFailedError('stack_failed', `${rolledBack}. The weights are ${formatWeights(domains)}.`, { domains });
  }
  // The engine fails the job with the command's failure.
  if (goalOf(context) !== context.payload.target) return { state: 'not_started', repairs: false };
  const before = from === null ? domains : byDomain(from);
  const changes = describeChanges(before, domains);
  return {
    state: 'done',
    message: changes.length === 0 ? `the weights are in place already: ${formatWeights(domains)}` : changes.join('; '),
    result: {
      domains: Object.keys(domains).map((domain) => ({
        domain,
        weights_before: before[domain] ?? {},
        weights_after: domains[domain] ?? {},
      })),
      changed: context.record.journal.length > 0,
    } satisfies RestoreResult,
  };
}

function byDomain(shares: readonly DomainShares[]): WeightsByDomain {
  return Object.fromEntries(shares.map((each) => [keyOf(each), each.weights]));
}
