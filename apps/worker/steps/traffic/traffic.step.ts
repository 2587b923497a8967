import { JobFailedError, type StepRecord } from '#jobs';
import { SenzaError } from '#senza';
import { senzaSwitchTraffic, type TrafficChange } from '#senza/commands/traffic.js';
import { type StepContext } from '../../engine/step-context.js';
import { MAX_UNKNOWN_OBSERVATIONS } from '../../engine/retry-policy.js';
import { type Observation, type Step } from '../../engine/step.js';
import { isBeingUpdated, phaseOf } from '../stack-phase.js';
import { type StackVersion, versionsOf } from '../stack-versions.js';
import {
  currentTraffic,
  describeChanges,
  domainOf,
  leastFavourable,
  identifiersWithTraffic,
  sumWeights,
  type Traffic,
  type WeightsByDomain,
} from '../weights.js';
import { checkTrafficChange, updatedStacks, updateInProgress, waitForUnsettledStacks } from './checks.js';
import { isAnyPartiallyApplied, planTraffic } from './plan.js';
import { requiredRepairs } from './repairs.js';
import { failWhenRolledBack, findRolledBackUpdate } from './rolled-back.js';
import { hasRequestedShare, trafficDone, type TrafficPayload, trafficState, verifyTraffic } from './verify.js';

/**
 * Whether the switch is complete once the stack has its share: before the first command, and after one that failed, perhaps
 * after it had its effect. A switch to 0 % is partially applied until the others have the share that it has removed.
 */
function isComplete({ journal }: StepRecord, wanted: number, domains: WeightsByDomain): boolean {
  const sums = Object.values(domains).map(sumWeights);
  if (journal.length === 0) return wanted === 0 || sums.every((sum) => sum === 100);
  const isWhole = sums.every((sum) => sum === 100 || (wanted === 0 && sum === 0));
  return journal.some(({ failure }) => failure !== undefined) && isWhole;
}

/**
 * `senza traffic`, for every weighted domain of the stack. Senza computes new weights from the current ones, and only starts the updates of
 * the stacks. So the step waits for updates of the application's stacks before and after the command, then compares the weights with
 * those that Senza announced. A partially applied switch is repaired before the job fails.
 */
export const traffic: Step<TrafficPayload> = {
  name: 'traffic',
  locksStackName: true,

  async observe(context) {
    const { stack, payload, record } = context;
    const versions = await versionsOf(context);
    const updating = await updateInProgress(context, versions, startedUpdates(context));
    if (updating !== null) return updating;
    const current = await lockedTraffic(context, versions);
    if ('state' in current) return current;
    const { domains } = current;
    const stacks = await updatedStacks(context, domains);
    const wait = await waitForUnsettledStacks(context, stacks, domains);
    if (wait !== null) return wait;
    const { announced, before } = trafficState.parse(record.data);
    if (context.hasApplied && announced !== null) {
      const observation = verifyTraffic(context, announced, domains);
      // The weights have not become as announced in time: CloudFormation may have rolled an update back.
      const isOverdue = observation?.state === 'unknown' && record.unknown_observations >= MAX_UNKNOWN_OBSERVATIONS;
      const rolledBack = isOverdue ? await findRolledBackUpdate(context, stacks) : null;
      if (observation !== null && rolledBack === null) return observation;
    }
    if (!isAnyPartiallyApplied(before, domains)) failWhenRolledBack(context, domains);
    const wanted = payload.new_traffic ?? 0;
    if (hasRequestedShare(context, domains) && isComplete(record, wanted, domains))
      return trafficDone(context, domains);
    // A switch that has started is completed, even if it would be rejected now.
    if (!isAnyPartiallyApplied(before, domains)) await checkTrafficChange(context, stacks, current);
    const { move, repairs } = planTraffic(context, domains);
    const known = versions.find(({ name }) => name === move.stack)?.version;
    context.remember({
      domains_before: before ?? domains,
      domains_from: domains,
      domains_announced: null,
      required_repairs: requiredRepairs(context, current),
      move:
        known === undefined
          ? { purpose: 'switch', version: stack.version, percentage: wanted }
          : { purpose: move.purpose, version: known, percentage: move.percentage },
    });
    return { state: 'not_started', evenAfterApply: true, repairs };
  },

  async apply(context) {
    const { services, stack } = context;
    const { move, repairs, from, required_repairs: requiredRepairs } = trafficState.parse(context.record.data);
    if (move === null) throw new Error('no command was chosen before the traffic is switched');
    const { purpose, version, percentage } = move;
    if (purpose !== 'switch') {
      context.log(`the switch was cut off: ${purpose} it first, ${stack.name}-${version} gets ${percentage} %`);
    }
    const { changes } = await orVersionGone(
      context,
      context.whileChanging(() =>
        services.senza.run(
          senzaSwitchTraffic,
          {
            region: stack.region,
            stackName: stack.name,
            stackVersion: version,
            percentage,
            requiredRepairs,
          },
          context.command({ printsData: true }),
        ),
      ),
    );
    const announced = announcedBy(changes, Object.keys(from ?? {}));
    for (const line of describeChanges(from ?? {}, announced)) context.log(`Traffic of ${line}`);
    if (purpose === 'switch') context.remember({ domains_announced: announced });
    else context.remember({ repairs: repairs + 1 });
  },

  async isUrgent(context) {
    const versions = await versionsOf(context);
    if (versions.some(({ status }) => isBeingUpdated(status))) return true;
    const current = await currentTraffic(context, versions);
    const { before } = trafficState.parse(context.record.data);
    return current !== null && isAnyPartiallyApplied(before, current.domains);
  },

  async describeState(context) {
    const { stack, payload } = context;
    const wanted = payload.new_traffic ?? 0;
    const domains = (await currentTraffic(context, await versionsOf(context)))?.domains ?? null;
    const { before } = trafficState.parse(context.record.data);
    return {
      weights: domains && leastFavourable(domains, stack.id, wanted).weights,
      weights_before: before && leastFavourable(before, stack.id, wanted).weights,
      domains,
    };
  },
};

/**
 * The stacks that a command can have updated: the job's own, and those with traffic before it. A command that undoes a switch
 * updates a stack that had traffic before the switch, and has none now.
 */
function startedUpdates({ stack, record }: StepContext<TrafficPayload>): readonly string[] {
  const { from, before } = trafficState.parse(record.data);
  return [stack.id, ...identifiersWithTraffic(from ?? {}), ...identifiersWithTraffic(before ?? {})];
}

/**
 * The weights of the stack's domains, once this job alone may change them: stacks of other names, and of other regions, can
 * have records of the same domain. They are read after the locks are taken.
 */
async function lockedTraffic(
  context: StepContext<TrafficPayload>,
  versions: readonly StackVersion[],
): Promise<Traffic | Extract<Observation, { state: 'locked' }>> {
  const { services, stack, signal, record } = context;
  const { locked_domains: held } = trafficState.parse(record.data);
  const domains = held.length > 0 ? held : [...(await services.aws.domainsOf(stack.region, stack.id, signal))];
  const locked = await context.lockDomains(domains);
  if (locked !== null) return { state: 'locked', ...locked };
  context.remember({ locked_domains: domains });
  const current = await currentTraffic(context, versions);
  if (current === null) throw await withoutDomain(context);
  return current;
}

/** A stack whose creation has failed has no records, whatever its definition says. */
async function withoutDomain({ services, stack, signal }: StepContext<TrafficPayload>): Promise<JobFailedError> {
  const found = await services.aws.stackByName(stack.region, stack.id, signal);
  if (found === null || phaseOf(found.status, 'create') !== 'failed')
    return new JobFailedError('no_domain', `The stack ${stack.id} has no weighted domain.`, { stack: stack.id });
  return new JobFailedError(
    'stack_not_updatable',
    `The stack ${stack.id} is ${found.status}: it was not created, so that it has no domain. ` +
      'Deploy the version again with "if_exists": "retry_failed", or switch the traffic to another version.',
    { stack: stack.id, stack_status: found.status },
  );
}

/** Senza names the domain of a row only when there are several. */
function announcedBy(changes: readonly TrafficChange[], domains: readonly string[]): WeightsByDomain {
  const announced: WeightsByDomain = {};
  for (const { domain, identifier, newWeight } of changes) {
    for (const each of domain === null ? domains.map(domainOf) : [domain.toLowerCase()]) {
      announced[each] = { ...announced[each], [identifier]: newWeight };
    }
  }
  return announced;
}

/** Another version that is deleted while Senza runs must not be reported as the job's own stack missing. */
async function orVersionGone<T>(context: StepContext<TrafficPayload>, switching: Promise<T>): Promise<T> {
  try {
    return await switching;
  } catch (error) {
    if (!(error instanceof SenzaError) || error.code !== 'stack_not_found') throw error;
    const { services, stack, signal } = context;
    if ((await services.aws.stackByName(stack.region, stack.id, signal)) === null) throw error;
    throw new SenzaError('stack_busy', `${error.message}: another version of ${stack.name} is being deleted`, error);
  }
}
