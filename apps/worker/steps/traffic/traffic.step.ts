import { JobFailure, type StepRecord } from '#jobs';
import { SenzaError } from '#senza';
import { type StepContext } from '../../engine/step-context.js';
import { type Step } from '../../engine/step.js';
import { isBeingUpdated } from '../stack-phase.js';
import { guardTraffic } from './checks.js';
import { waitForLeaving } from './checks.js';
import { isHalfDone } from './plan.js';
import { type TrafficPayload } from './verify.js';
import { planTraffic } from './plan.js';
import { trafficMemory, trafficDone, verifyTraffic } from './verify.js';
import { type StackVersion, versionsOf } from '../stack-versions.js';
import { currentWeights, total } from '../weights.js';

/**
 * Whether nothing is left to be done once the stack has its share: before the first act, and after one that failed, perhaps
 * when it had its effect already. A switch to 0 % is half done until the others have the share that it has taken away.
 */
function isWhole({ journal }: StepRecord, wanted: number, sum: number): boolean {
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
  locksName: true,

  async look(context) {
    const { stack, payload, record } = context;
    const versions = await versionsOf(context);
    const busy = busyOf(versions);
    if (busy !== undefined) {
      return { seen: 'under_way', wait: { reason: 'cloudformation', stack: busy.name, state: busy.status } };
    }
    const standing = await currentWeights(context, versions);
    if (standing === null) {
      throw new JobFailure('no_domain', `The stack ${stack.id} has no weighted domain.`, { stack: stack.id });
    }
    const wait = await waitForLeaving(context, versions, standing);
    if (wait !== null) return wait;
    const { announced, before } = trafficMemory.parse(record.data);
    if (context.hasActed && announced !== null) {
      const sight = verifyTraffic(context, announced, standing);
      if (sight !== null) return sight;
    }
    const wanted = payload.new_traffic ?? 0;
    if ((standing[stack.id] ?? 0) === wanted && isWhole(record, wanted, total(standing))) {
      return trafficDone(context, standing);
    }
    // What was begun is not left half done because it would not be begun now.
    if (!isHalfDone(before, standing)) await guardTraffic(context, versions, standing);
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
    return { seen: 'not_begun', evenAfterAct: true, repairs };
  },

  async act(context) {
    const { around, stack } = context;
    const { move, repairs } = trafficMemory.parse(context.record.data);
    if (move === null) throw new Error('no move was chosen before the traffic is switched');
    const { purpose, version, percentage } = move;
    if (purpose !== 'switch') {
      context.log(`the switch was cut off: ${purpose} it first, ${stack.name}-${version} gets ${percentage} %`);
    }
    const { rows } = await orVersionGone(
      context,
      context.changing(() =>
        around.senza.switchTraffic(
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
      rows.length > 0
        ? Object.fromEntries(rows.map(({ identifier, newWeight }) => [identifier, newWeight]))
        : { [stack.id]: 0 };
    context.remember({ announced });
  },

  async presses(context) {
    const versions = await versionsOf(context);
    if (busyOf(versions) !== undefined) return true;
    const standing = await currentWeights(context, versions);
    return standing !== null && isHalfDone(trafficMemory.parse(context.record.data).before, standing);
  },

  async stands(context) {
    const weights = await currentWeights(context, await versionsOf(context));
    return { weights, weights_before: trafficMemory.parse(context.record.data).before };
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
    const { around, stack, signal } = context;
    if ((await around.aws.stackByName(stack.region, stack.id, signal)) === null) throw error;
    throw new SenzaError('stack_busy', `${error.message}: another version of ${stack.name} is being deleted`, error);
  }
}
