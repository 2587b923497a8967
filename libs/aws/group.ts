import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { z } from 'zod';
import { type AwsAccess } from './access.js';
import { allPages, parseAnswer } from './answer.js';
import { groupAnswer } from './group-answer.js';
import { groupImage, instanceImages } from './group-image.js';
import { stackResources } from './stack-looks.js';

/** An instance of an auto scaling group. */
export interface GroupInstance {
  readonly id: string;
  /** For instance `InService`, `Terminating`. */
  readonly lifecycleState: string;
  /** Null when its launch configuration was deleted or it came from a launch template. */
  readonly launchConfiguration: string | null;
  /** Null when EC2 does not know the instance (any more). */
  readonly imageId: string | null;
}

/** An auto scaling group of a stack. */
export interface AutoScalingGroup {
  /** The physical name. */
  readonly name: string;
  readonly desiredCapacity: number;
  readonly minSize: number;
  readonly maxSize: number;
  readonly launchConfiguration: string | null;
  /** What new instances are made of; null when neither a launch configuration nor a template names one. */
  readonly imageId: string | null;
  /** Scaling processes that do not run, for instance `AZRebalance`. */
  readonly suspendedProcesses: readonly string[];
  readonly instances: readonly GroupInstance[];
}

const GROUP = 'AWS::AutoScaling::AutoScalingGroup';

/** The auto scaling groups among the stack's resources, with what their instances run. */
export async function autoScalingGroups(
  access: AwsAccess,
  region: string,
  stack: string,
  signal?: AbortSignal,
): Promise<AutoScalingGroup[]> {
  const resources = await stackResources(access, region, stack, signal);
  const names = resources.flatMap(({ type, physicalId }) =>
    type === GROUP && physicalId !== null && physicalId !== '' ? [physicalId] : [],
  );
  // Without a name AWS would answer with all groups of the account.
  if (names.length === 0) return [];
  const doing = 'looking at the auto scaling groups';
  const groups = await allPages(async (next) => {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: names, NextToken: next });
    const answer = await access.ask({ doing, scope: region, signal }, (options) =>
      access.clients(region).autoScaling.send(command, options),
    );
    return { items: parseAnswer(doing, z.array(groupAnswer), answer.AutoScalingGroups ?? []), next: answer.NextToken };
  });
  return await Promise.all(
    groups.map(async (group) => {
      const images = await instanceImages(
        access,
        region,
        group.Instances.map(({ InstanceId }) => InstanceId),
        signal,
      );
      return {
        name: group.AutoScalingGroupName,
        desiredCapacity: group.DesiredCapacity,
        minSize: group.MinSize,
        maxSize: group.MaxSize,
        launchConfiguration: group.LaunchConfigurationName ?? null,
        imageId: await groupImage(access, region, group, signal),
        suspendedProcesses: group.SuspendedProcesses.map(({ ProcessName }) => ProcessName),
        instances: group.Instances.map(({ InstanceId, LifecycleState, LaunchConfigurationName }) => ({
          id: InstanceId,
          lifecycleState: LifecycleState,
          launchConfiguration: LaunchConfigurationName ?? null,
          imageId: images.get(InstanceId) ?? null,
        })),
      };
    }),
  );
}
