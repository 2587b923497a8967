import { type AutoScalingGroup } from '#aws';
import { z } from 'zod';
import { type JsonObject } from '../runner/json-object.js';

/** What Senza suspends while it replaces instances (`SCALING_PROCESSES_TO_SUSPEND` in senza/respawn.py). */
const SUSPENDED_BY_SENZA = ['AZRebalance', 'AlarmNotification', 'ScheduledActions'];

/** A group as it was before Senza began to replace its instances. */
const groupBefore = z.object({
  name: z.string(),
  min_size: z.number(),
  max_size: z.number(),
  desired_capacity: z.number(),
  suspended_processes: z.array(z.string()),
});
export const respawnMemory = z.object({ groups_before: z.array(groupBefore).default([]) });
type GroupBefore = z.infer<typeof groupBefore>;

/** What a respawn that was cut off has left of one group. */
export interface Remains {
  readonly group: JsonObject;
  /** What to do about it, in words. */
  readonly advice: string;
}

/** What is to be remembered of a group before Senza touches it. */
export function beforeRespawn(group: AutoScalingGroup): GroupBefore {
  return {
    name: group.name,
    min_size: group.minSize,
    max_size: group.maxSize,
    desired_capacity: group.desiredCapacity,
    suspended_processes: [...group.suspendedProcesses],
  };
}

/**
 * What Senza has changed of groups for the time of a respawn, and has not changed back: it adds one instance to all three
 * sizes, suspends processes, and undoes neither when it is ended (senza/respawn.py, `do_respawn_auto_scaling_group`).
 */
export function remainsOf(groups: readonly AutoScalingGroup[], before: readonly GroupBefore[]): Remains[] {
  return groups.flatMap((group) => {
    const was = before.find(({ name }) => name === group.name);
    if (was === undefined) return [];
    const suspended = group.suspendedProcesses.filter(
      (each) => SUSPENDED_BY_SENZA.includes(each) && !was.suspended_processes.includes(each),
    );
    const isLarger = group.minSize > was.min_size && group.minSize - was.min_size === group.maxSize - was.max_size;
    if (suspended.length === 0 && !isLarger) return [];
    return [{ group: { ...beforeRespawn(group), before: was }, advice: adviceOn(was, suspended, isLarger) }];
  });
}

function adviceOn(was: GroupBefore, suspended: readonly string[], isLarger: boolean): string {
  const of = `--auto-scaling-group-name ${was.name}`;
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
