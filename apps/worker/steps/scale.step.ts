import { JobFailedError, type ScaleResult } from '#jobs';
import { senzaScale } from '#senza/commands/scale.js';
import { type Step } from '../engine/step.js';
import { assertListed } from './unlisted-stack.js';

interface Payload {
  readonly new_scale: number | null;
}

/** `senza scale`, verified by the desired capacity of the stack's groups. */
export const scale: Step<Payload> = {
  name: 'scale',

  async observe({ payload, services, stack, signal }) {
    const groups = await services.aws.autoScalingGroups(stack.region, stack.id, signal);
    if (groups.length === 0) {
      throw new JobFailedError('no_auto_scaling_group', `The stack ${stack.id} has no auto scaling group to scale.`, {
        stack: stack.id,
      });
    }
    if (groups.some(({ desiredCapacity }) => desiredCapacity !== payload.new_scale)) return { state: 'not_started' };
    return {
      state: 'done',
      message: `the desired capacity is ${payload.new_scale ?? ''}`,
      result: { desired_capacity: payload.new_scale, groups: groups.map(({ name }) => name) } satisfies ScaleResult,
    };
  },

  async apply(context) {
    const { payload, services, stack } = context;
    await assertListed(context);
    await context.whileChanging(() =>
      services.senza.run(
        senzaScale,
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
