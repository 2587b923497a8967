import { JobFailedError, type StepRecord } from '#jobs';
import { SenzaError, senzaSwitchTraffic } from '#senza';
import { type StepContext } from '../../engine/step-context.js';
import { type Step } from '../../engine/step.js';
import { isBeingUpdated } from '../stack-phase.js';
import { checkTrafficChange } from './checks.js';
import { waitForDeletingVersions } from './checks.js';
import { isPartiallyApplied } from './plan.js';
import { type TrafficPayload } from './verify.js';
import { planTraffic } from './plan.js';
import { trafficState, trafficDone, verifyTraffic } from './verify.js';
import { type StackVersion, versionsOf } from '../stack-versions.js';
import { currentWeights, sumWeights } from '../weights.js';

/**
 * Whether nothing is left to be done once the stack has its share: before the first act, and after one that failed, perhaps
 * when it had its effect already. A switch to 0 % is half done until the others have the share that it has taken away.
 */
function isComplete({ journal }: StepRecord, wanted: number, sum: number): boolean {
  if (journal.length === 0) return wanted === 0 || sum === 100;
  return journal.some(({ failure }) => failure !== undefined) && (sum === 100 || (wanted === 0 && sum === 0));
}

/**
 * `senza traffic`. It only starts updates of the stacks whose weight changes, and computes from the weights that stand:
 * so before and after it all updates of the application's stacks are waited for, and then the weights are compared
 * with those that Senza has announced. What an act that failed has left half done is put right before the job fails.
 */
export const traffic: Step<TrafficPayload> = {
  name: 'traffic',
  locksStackName: true,

  async observe(context) {
    const { stack, payload, record } = context;
    const versions = await versionsOf(context);
    const busy = busyOf(versions);
    if (busy !== undefined) {
      return { state: 'in_progress', wait: { reason: 'cloudformation', stack: busy.name, state: busy.status } };
    }
    const standing = await currentWeights(context, versions);
    if (standing === null) {
      throw new JobFailedError('no_domain', `The stack ${stack.id} has no weighted domain.`, { stack: stack.id });
    }
    const wait = await waitForDeletingVersions(context, versions, standing);
    if (wait !== null) return wait;
    const { announced, before } = trafficState.parse(record.data);
    if (context.hasApplied && announced !== null) {
      const observation = verifyTraffic(context, announced, standing);
      if (observation !== null) return observation;
    }
    const wanted = payload.new_traffic ?? 0;
    if ((standing[stack.id] ?? 0) === wanted && isComplete(record, wanted, sumWeights(standing))) {
      return trafficDone(context, standing);
    }
    // What was begun is not left half done because it would not be begun now.
    if (!isPartiallyApplied(before, standing)) await checkTrafficChange(context, versions, standing);
    const { move, repairs } = planTraffic(context, standing);
    const known = versions.find(({ name }) => name === move.stack)?.version;
    context.remember({
      before: before ?? standing,
      from: standing,
      announced: null,
      move:
        known === undefined
          ? { purpose: 'switch', version: stack.version, percentage: wanted }
          : { purpose: move.purpose, version: known, percentage: move.percentage },
    });
    return { state: 'not_started', evenAfterApply: true, repairs };
  },

  async apply(context) {
    const { services, stack } = context;
    const { move, repairs } = trafficState.parse(context.record.data);
    if (move === null) throw new Error('no move was chosen before the traffic is switched');
    const { purpose, version, percentage } = move;
    if (purpose !== 'switch') {
      context.log(`the switch was cut off: ${purpose} it first, ${stack.name}-${version} gets ${percentage} %`);
    }
    const { changes } = await orVersionGone(
      context,
      context.whileChanging(() =>
        services.senza.run(
          senzaSwitchTraffic,
          { region: stack.region, stackName: stack.name, stackVersion: version, percentage },
          context.command(),
        ),
      ),
    );
    if (purpose !== 'switch') {
      context.remember({ repairs: repairs + 1 });
      return;
    }
    // Without other versions that get traffic Senza takes the last one's away, and prints no table.
    const announced =
      changes.length > 0
        ? Object.fromEntries(changes.map(({ identifier, newWeight }) => [identifier, newWeight]))
        : { [stack.id]: 0 };
    context.remember({ announced });
  },

  async isUrgent(context) {
    const versions = await versionsOf(context);
    if (busyOf(versions) !== undefined) return true;
    const standing = await currentWeights(context, versions);
    return standing !== null && isPartiallyApplied(trafficState.parse(context.record.data).before, standing);
  },

  async describeState(context) {
    const weights = await currentWeights(context, await versionsOf(context));
    return { weights, weights_before: trafficState.parse(context.record.data).before };
  },
};

function busyOf(versions: readonly StackVersion[]): StackVersion | undefined {
  return versions.find(({ status }) => isBeingUpdated(status));
}

/** Another version that goes away while Senza is at it is no reason to say that the job's own is not there. */
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
