import { type AutoScalingGroup } from '#aws';
import { type Step } from '../runner/step.js';

/** How long `senza respawn-instances` may take, in milliseconds: it replaces one instance after the other. */
const RESPAWN_LIMIT_MS = 4 * 3600 * 1000;

/** `senza respawn-instances`, verified by the instances: each runs what its group makes new ones of. */
export const respawn: Step<unknown> = {
  name: 'respawn_instances',

  async look(context) {
    const { around, stack, signal } = context;
    const groups = await around.aws.autoScalingGroups(stack.region, stack.id, signal);
    const old = groups.flatMap(outdated);
    // Senza counts by launch configuration, and so may leave an instance whose image merely looks different.
    if (old.length > 0 && !context.hasActed) return { seen: 'not_begun' };
    if (old.length > 0) return { seen: 'unclear', why: `instances are not replaced yet: ${old.join(', ')}` };
    const instances = groups.flatMap((group) => group.instances.map(({ id }) => id));
    return { seen: 'done', message: 'every instance runs the image of its group', result: { instances } };
  },

  async act(context) {
    const { around, stack } = context;
    await context.changing(() =>
      around.senza.respawnInstances(
        { region: stack.region, stackName: stack.name, stackVersion: stack.version },
        context.command({ timeoutMs: RESPAWN_LIMIT_MS }),
      ),
    );
  },
};

function outdated(group: AutoScalingGroup): string[] {
  return group.instances
    .filter(({ lifecycleState }) => !lifecycleState.startsWith('Terminat'))
    .filter(
      ({ imageId, launchConfiguration }) =>
        (imageId !== null && imageId !== group.imageId) || launchConfiguration !== group.launchConfiguration,
    )
    .map(({ id }) => id);
}
