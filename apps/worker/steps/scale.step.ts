import { JobFailure } from '#jobs';
import { type Step } from '../engine/step.js';

interface Payload {
  readonly new_scale: number | null;
}

/** `senza scale`, verified by the desired capacity of the stack's groups. */
export const scale: Step<Payload> = {
  name: 'scale',

  async look({ payload, around, stack, signal }) {
    const groups = await around.aws.autoScalingGroups(stack.region, stack.id, signal);
    if (groups.length === 0) {
      throw new JobFailure('unverified', `The stack ${stack.id} has no auto scaling group to scale.`, {
        stack: stack.id,
      });
    }
    if (groups.some(({ desiredCapacity }) => desiredCapacity !== payload.new_scale)) return { seen: 'not_begun' };
    return {
      seen: 'done',
      message: `the desired capacity is ${payload.new_scale ?? ''}`,
      result: { desired_capacity: payload.new_scale, groups: groups.map(({ name }) => name) },
    };
  },

  async act(context) {
    const { payload, around, stack } = context;
    await context.changing(() =>
      around.senza.scale(
        {
          region: stack.region,
          stackName: stack.name,
          stackVersion: stack.version,
          desiredCapacity: payload.new_scale ?? 0,
        },
        context.command(),
      ),
    );
  },
};
