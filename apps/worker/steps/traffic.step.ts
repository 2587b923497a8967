import { JobFailure } from '#jobs';
import { type StepContext } from '../runner/step-context.js';
import { type Sight, type Step } from '../runner/step.js';
import { guardTraffic } from './traffic-guard.js';
import { isBeingUpdated } from './stack-state.js';
import { versionsOf } from './versions.js';
import { currentWeights, sameWeights, type Weights, weightsSchema } from './weights.js';

/** What a job that switches traffic is asked. */
export interface TrafficPayload {
  readonly new_traffic: number | null;
  readonly allow_traffic_loss: boolean;
}

/**
 * `senza traffic`. It only starts updates of the stacks whose weight changes, and computes from the weights that stand:
 * so before and after it all updates of the application's stacks are waited for, and then the weights are compared
 * with those that Senza has announced.
 */
export const traffic: Step<TrafficPayload> = {
  name: 'traffic',
  locksName: true,

  async look(context) {
    const { stack, payload } = context;
    const versions = await versionsOf(context);
    const busy = versions.find(({ status }) => isBeingUpdated(status));
    if (busy !== undefined) {
      return { seen: 'under_way', wait: { reason: 'cloudformation', stack: busy.name, state: busy.status } };
    }
    const standing = await currentWeights(context, versions);
    if (standing === null) {
      throw new JobFailure('no_domain', `The stack ${stack.id} has no weighted domain.`, { stack: stack.id });
    }
    const announced = weightsSchema.safeParse(context.record.data['announced']);
    if (context.hasActed && announced.success) return verify(context, announced.data, standing);
    // An act without an end may have changed some of the weights only: Senza computes again from what stands.
    const wanted = payload.new_traffic ?? 0;
    const begun = context.record.journal.length > 0;
    if ((standing[stack.id] ?? 0) === wanted && !begun && isWhole(standing, wanted)) return done(context, standing);
    await guardTraffic(context, standing);
    return { seen: 'not_begun' };
  },

  async act(context) {
    const { around, stack, payload } = context;
    const { rows } = await context.changing(() =>
      around.senza.switchTraffic(
        {
          region: stack.region,
          stackName: stack.name,
          stackVersion: stack.version,
          percentage: payload.new_traffic ?? 0,
        },
        context.command(),
      ),
    );
    // Without other versions that get traffic Senza takes the last one's away, and prints no table.
    const announced =
      rows.length > 0
        ? Object.fromEntries(rows.map(({ identifier, newWeight }) => [identifier, newWeight]))
        : { [stack.id]: 0 };
    context.remember({ announced });
  },
};

/** Whether nothing is left to be done: a share of the whole, or none at all. */
function isWhole(standing: Weights, wanted: number): boolean {
  const sum = Object.values(standing).reduce((total, weight) => total + weight, 0);
  return wanted === 0 || sum === 100;
}

function verify(context: StepContext<TrafficPayload>, announced: Weights, standing: Weights): Sight {
  if (sameWeights(announced, standing)) return done(context, standing);
  return {
    seen: 'unclear',
    why: `the weights are ${describe(standing)}, but Senza announced ${describe(announced)}`,
  };
}

function done(context: StepContext<TrafficPayload>, standing: Weights): Sight {
  const { stack, payload, record } = context;
  const share = standing[stack.id] ?? 0;
  const wanted = payload.new_traffic ?? 0;
  const before = weightsSchema.safeParse(record.data['before']);
  return {
    seen: 'done',
    message:
      share === wanted
        ? `${stack.id} gets ${share} % of the traffic`
        : `${stack.id} gets ${share} % of the traffic instead of ${wanted} %: Senza could not share it otherwise`,
    result: {
      weights_before: before.success ? before.data : standing,
      weights_after: standing,
      wanted,
      changed: record.journal.length > 0,
    },
  };
}

function describe(weights: Weights): string {
  return Object.entries(weights)
    .map(([stack, weight]) => `${stack} ${weight} %`)
    .join(', ');
}
