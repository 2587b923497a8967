import { type AutoScalingGroup, type GroupInstance } from '#aws';
import { JobFailure } from '#jobs';
import { type StepContext } from '../runner/step-context.js';
import { type Step } from '../runner/step.js';
import { beforeRespawn, type Remains, remainsOf, respawnMemory } from './respawn-remains.js';

/** How long `senza respawn-instances` may take, in milliseconds: it replaces one instance after the other. */
const RESPAWN_LIMIT_MS = 4 * 3600 * 1000;

/**
 * `senza respawn-instances`, verified by the instances. Senza replaces those whose launch configuration is not their
 * group's (senza/respawn.py, `get_instances_to_terminate`); what it leaves for good is told, not waited for.
 */
export const respawn: Step<unknown> = {
  name: 'respawn_instances',

  async look(context) {
    const { around, stack, signal } = context;
    const groups = await around.aws.autoScalingGroups(stack.region, stack.id, signal);
    const otherImage = groups.flatMap((group) => idsOf(running(group).filter((each) => hasOtherImage(each, group))));
    const replaceable = replaceableIn(groups);
    if (context.record.journal.length === 0) context.remember({ groups_before: groups.map(beforeRespawn) });
    const remains = remainsIn(context, groups);
    if (!context.hasActed) for (const { advice } of remains) context.log(advice);
    if (!context.hasActed && otherImage.length + replaceable.length > 0) return { seen: 'not_begun' };
    if (replaceable.length > 0) {
      return { seen: 'unclear', why: `instances are not replaced yet: ${replaceable.join(', ')}` };
    }
    if (remains.length > 0) throw remaining(remains);
    return {
      seen: 'done',
      message:
        otherImage.length === 0
          ? 'every instance runs the image of its group'
          : `Senza found nothing to replace, but these instances run another image: ${otherImage.join(', ')}`,
      result: { instances: groups.flatMap((group) => idsOf(running(group))), other_image: otherImage },
    };
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

  async stands(context) {
    const { around, stack, signal } = context;
    const groups = await around.aws.autoScalingGroups(stack.region, stack.id, signal);
    const remains = remainsIn(context, groups);
    for (const { advice } of remains) context.log(advice);
    return {
      instances_to_replace: replaceableIn(groups),
      groups_left_changed: remains.map(({ group, advice }) => ({ ...group, advice })),
    };
  },
};

function remainsIn(context: StepContext<unknown>, groups: readonly AutoScalingGroup[]): Remains[] {
  return remainsOf(groups, respawnMemory.parse(context.record.data).groups_before);
}

/** Every instance is replaced, but a command that was cut off has left the groups as no one wants them. */
function remaining(remains: readonly Remains[]): JobFailure {
  const detail = `Every instance is replaced. ${remains.map(({ advice }) => advice).join(' ')}`;
  return new JobFailure('unverified', detail, { groups: remains.map(({ group }) => group) });
}

function running(group: AutoScalingGroup): readonly GroupInstance[] {
  return group.instances.filter(({ lifecycleState }) => !lifecycleState.startsWith('Terminat'));
}

function hasOtherImage({ imageId }: GroupInstance, group: AutoScalingGroup): boolean {
  return imageId !== null && imageId !== group.imageId;
}

/** What Senza would replace. */
function replaceableIn(groups: readonly AutoScalingGroup[]): string[] {
  return groups.flatMap((group) => idsOf(running(group).filter((each) => isReplaceable(each, group))));
}

function isReplaceable({ launchConfiguration }: GroupInstance, group: AutoScalingGroup): boolean {
  return group.launchConfiguration !== null && launchConfiguration !== group.launchConfiguration;
}

function idsOf(instances: readonly GroupInstance[]): string[] {
  return instances.map(({ id }) => id);
}
