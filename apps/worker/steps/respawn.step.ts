import { type AutoScalingGroup, type GroupInstance } from '#aws';
import { z } from 'zod';
import { type JsonObject, type StepContext } from '../engine/step-context.js';
import { JobFailedError, type RespawnResult } from '#jobs';
import { senzaRespawnInstances } from '#senza/commands/respawn-instances.js';
import { type Step } from '../engine/step.js';
import { assertListed } from './unlisted-stack.js';

/** The processes that Senza suspends while it replaces instances (`SCALING_PROCESSES_TO_SUSPEND` in senza/respawn.py). */
const SUSPENDED_BY_SENZA = ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];

/** A group before Senza started to replace its instances. */
const groupBefore = z.object({
  name: z.string(),
  min_size: z.number(),
  max_size: z.number(),
  desired_capacity: z.number(),
  suspended_processes: z.array(z.string()),
});
const respawnState = z.object({ groups_before: z.array(groupBefore).default([]) });
type GroupBefore = z.infer<typeof groupBefore>;

/** The state in which an interrupted respawn has left a group. */
interface UnrestoredGroup {
  readonly group: JsonObject;
  /** What to do about it, as a sentence. */
  readonly advice: string;
}

/** The state of a group that is stored before Senza changes it. */
function beforeRespawn(group: AutoScalingGroup): GroupBefore {
  return {
    name: group.name,
    min_size: group.minSize,
    max_size: group.maxSize,
    desired_capacity: group.desiredCapacity,
    suspended_processes: [...group.suspendedProcesses],
  };
}

/**
 * Senza's temporary changes of groups that it has not reverted: it adds one instance to all three
 * sizes, suspends processes, and reverts neither when it is terminated (senza/respawn.py, `do_respawn_auto_scaling_group`).
 */
function findUnrestoredGroups(
  region: string,
  groups: readonly AutoScalingGroup[],
  before: readonly GroupBefore[],
): UnrestoredGroup[] {
  return groups.flatMap((group) => {
    const was = before.find(({ name }) => name === group.name);
    if (was === undefined) return [];
    const suspended = group.suspendedProcesses.filter(
      (each) => SUSPENDED_BY_SENZA.includes(each) && !was.suspended_processes.includes(each),
    );
    const isLarger = group.minSize > was.min_size && group.minSize - was.min_size === group.maxSize - was.max_size;
    if (suspended.length === 0 && !isLarger) return [];
    return [
      { group: { ...beforeRespawn(group), before: was }, advice: restoreCommands(region, was, suspended, isLarger) },
    ];
  });
}

function restoreCommands(region: string, was: GroupBefore, suspended: readonly string[], isLarger: boolean): string {
  const of = `--region ${region} --auto-scaling-group-name ${was.name}`;
  const sizes = `--min-size ${was.min_size} --max-size ${was.max_size} --desired-capacity ${was.desired_capacity}`;
  return [
    `Senza did not come to the end of replacing the instances of ${was.name}.`,
    ...(suspended.length === 0
      ? []
      : [
          `These scaling processes are still suspended: ${suspended.join(', ')}; resume them by ` +
            `"aws autoscaling resume-processes ${of} --scaling-processes ${suspended.join(' ')}".`,
        ]),
    ...(isLarger
      ? [
          `It is larger than before; give it its size back by "aws autoscaling update-auto-scaling-group ${of} ${sizes}".`,
        ]
      : []),
  ].join(' ');
}

/** How long `senza respawn-instances` may take, in milliseconds: it replaces one instance after the other. */
const RESPAWN_LIMIT_MS = 4 * 3600 * 1000;

/**
 * `senza respawn-instances`, verified by the instances. Senza replaces those whose launch configuration is not their
 * group's (senza/respawn.py, `get_instances_to_terminate`); what it never replaces is reported, not waited for.
 */
export const respawn: Step<unknown> = {
  name: 'respawn_instances',

  async observe(context) {
    const { services, stack, signal } = context;
    const groups = await services.aws.autoScalingGroups(stack.region, stack.id, signal);
    const otherImage = groups.flatMap((group) => idsOf(running(group).filter((each) => hasOtherImage(each, group))));
    const replaceable = replaceableIn(groups);
    if (context.record.journal.length === 0) context.remember({ groups_before: groups.map(beforeRespawn) });
    const remains = unrestoredGroupsIn(context, groups);
    if (!context.hasApplied) for (const { advice } of remains) context.log(advice);
    if (!context.hasApplied && otherImage.length + replaceable.length > 0) return { state: 'not_started' };
    if (replaceable.length > 0) {
      return { state: 'unknown', why: `instances are not replaced yet: ${replaceable.join(', ')}` };
    }
    if (remains.length > 0) throw remaining(remains);
    return {
      state: 'done',
      message:
        otherImage.length === 0
          ? 'every instance runs the image of its group'
          : `Senza found nothing to replace, but these instances run another image: ${otherImage.join(', ')}`,
      result: {
        instances: groups.flatMap((group) => idsOf(running(group))),
        other_image: otherImage,
      } satisfies RespawnResult,
    };
  },

  async apply(context) {
    const { services, stack } = context;
    await assertListed(context);
    await context.whileChanging(() =>
      services.senza.run(
        senzaRespawnInstances,
        { region: stack.region, stackName: stack.name, stackVersion: stack.version },
        context.command({ timeoutMs: RESPAWN_LIMIT_MS }),
      ),
    );
  },

  async describeState(context) {
    const { services, stack, signal } = context;
    const groups = await services.aws.autoScalingGroups(stack.region, stack.id, signal);
    const remains = unrestoredGroupsIn(context, groups);
    for (const { advice } of remains) context.log(advice);
    return {
      instances_to_replace: replaceableIn(groups),
      unrestored_groups: remains.map(({ group, advice }) => ({ ...group, advice })),
    };
  },
};

function unrestoredGroupsIn(context: StepContext<unknown>, groups: readonly AutoScalingGroup[]): UnrestoredGroup[] {
  return findUnrestoredGroups(context.stack.region, groups, respawnState.parse(context.record.data).groups_before);
}

/** Every instance is replaced, but an interrupted command has left the groups with its temporary changes. */
function remaining(remains: readonly UnrestoredGroup[]): JobFailedError {
  const detail = `Every instance is replaced. ${remains.map(({ advice }) => advice).join(' ')}`;
  return new JobFailedError('not_verified', detail, { groups: remains.map(({ group }) => group) });
}

function running(group: AutoScalingGroup): readonly GroupInstance[] {
  return group.instances.filter(({ lifecycleState }) => !lifecycleState.startsWith('Terminat'));
}

function hasOtherImage({ imageId }: GroupInstance, group: AutoScalingGroup): boolean {
  return imageId !== null && imageId !== group.imageId;
}

/** The instances that Senza would replace. */
function replaceableIn(groups: readonly AutoScalingGroup[]): string[] {
  return groups.flatMap((group) => idsOf(running(group).filter((each) => isReplaceable(each, group))));
}

function isReplaceable({ launchConfiguration }: GroupInstance, group: AutoScalingGroup): boolean {
  return group.launchConfiguration !== null && launchConfiguration !== group.launchConfiguration;
}

function idsOf(instances: readonly GroupInstance[]): string[] {
  return instances.map(({ id }) => id);
}
