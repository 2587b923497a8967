import { z } from 'zod';
import { DescribeLaunchConfigurationsCommand, paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import { type AwsClient } from './aws-client.js';
import { parseResponse } from './parse-response.js';
import { stackResources } from './stacks.js';

const template = z.object({
  LaunchTemplateId: z.string().optional(),
  LaunchTemplateName: z.string().optional(),
  Version: z.string().optional(),
});

/** Which launch template, and which version of it. */
type LaunchTemplate = z.infer<typeof template>;

/** A group in the response of DescribeAutoScalingGroups. */
const groupAnswer = z.object({
  AutoScalingGroupName: z.string(),
  DesiredCapacity: z.number(),
  MinSize: z.number(),
  MaxSize: z.number(),
  LaunchConfigurationName: z.string().optional(),
  LaunchTemplate: template.optional(),
  MixedInstancesPolicy: z
    .object({ LaunchTemplate: z.object({ LaunchTemplateSpecification: template.optional() }).optional() })
    .optional(),
  SuspendedProcesses: z.array(z.object({ ProcessName: z.string() })).default([]),
  Instances: z
    .array(
      z.object({ InstanceId: z.string(), LifecycleState: z.string(), LaunchConfigurationName: z.string().optional() }),
    )
    .default([]),
});

/** See `groupAnswer`. */
type GroupAnswer = z.infer<typeof groupAnswer>;

/** The group's launch template, wherever it is named. */
function templateOf(group: GroupAnswer): LaunchTemplate | undefined {
  return group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}

const launchConfiguration = z.object({ ImageId: z.string() });

/** The image of the group's new instances: its launch configuration's, else its launch template's. */
async function groupImage(
  access: AwsClient,
  region: string,
  group: GroupAnswer,
  signal?: AbortSignal,
): Promise<string | null> {
  const template = templateOf(group);
  if (group.LaunchConfigurationName === undefined)
    return template === undefined ? null : await templateImage(access, region, template, signal);
  const operation = 'reading the launch configuration';
  const command = new DescribeLaunchConfigurationsCommand({
    LaunchConfigurationNames: [group.LaunchConfigurationName],
  });
  const answer = await access.call({ operation, signal }, (options) =>
    access.clients(region).autoScaling.send(command, options),
  );
  return parseResponse(operation, z.array(launchConfiguration), answer.LaunchConfigurations ?? [])[0]?.ImageId ?? null;
}

async function templateImage(
  access: AwsClient,
  region: string,
  template: LaunchTemplate,
  signal?: AbortSignal,
): Promise<string | null> {
  const { DescribeLaunchTemplateVersionsCommand } = await import('@aws-sdk/client-ec2');
  const command = new DescribeLaunchTemplateVersionsCommand({
    // By id or by name, never by both.
    ...(template.LaunchTemplateId === undefined
      ? { LaunchTemplateName: template.LaunchTemplateName }
      : { LaunchTemplateId: template.LaunchTemplateId }),
    Versions: [template.Version ?? '$Default'],
  });
  const answer = await access.call({ operation: 'reading the launch template', signal }, async (options) =>
    (await access.clients(region).ec2()).send(command, options),
  );
  return answer.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId ?? null;
}

const instance = z.object({ InstanceId: z.string(), ImageId: z.string() });

/** The image of each instance that EC2 knows. Asked by a filter, since an unknown id would fail the whole call. */
async function instanceImages(
  access: AwsClient,
  region: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const operation = "looking at the group's instances";
  const { paginateDescribeInstances } = await import('@aws-sdk/client-ec2');
  const client = await access.clients(region).ec2();
  const Filters = [{ Name: 'instance-id', Values: [...ids] }];
  const found = await access.pages(
    { operation, signal },
    {
      paginate: (options) => paginateDescribeInstances({ client }, { Filters }, options),
      itemsOf: ({ Reservations = [] }) => {
        const instances = Reservations.flatMap((reservation) => reservation.Instances ?? []);
        return parseResponse(operation, z.array(instance), instances);
      },
    },
  );
  return new Map(found.map(({ InstanceId, ImageId }) => [InstanceId, ImageId]));
}

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
  /** The image of new instances; null when neither a launch configuration nor a template names one. */
  readonly imageId: string | null;
  /** Scaling processes that do not run, for instance `AZRebalance`. */
  readonly suspendedProcesses: readonly string[];
  readonly instances: readonly GroupInstance[];
}

const GROUP = 'AWS::AutoScaling::AutoScalingGroup';

/** The auto scaling groups among the stack's resources, with what their instances run. */
export async function autoScalingGroups(
  access: AwsClient,
  region: string,
  stack: string,
  signal?: AbortSignal,
): Promise<AutoScalingGroup[]> {
  const resources = await stackResources(access, region, stack, signal);
  const names = resources.flatMap(({ type, physicalId }) =>
    type === GROUP && physicalId !== null && physicalId !== '' ? [physicalId] : [],
  );
  // Without a name AWS would return all groups of the account.
  if (names.length === 0) return [];
  const operation = 'looking at the auto scaling groups';
  const client = access.clients(region).autoScaling;
  const groups = await access.pages(
    { operation, signal },
    {
      paginate: (options) => paginateDescribeAutoScalingGroups({ client }, { AutoScalingGroupNames: names }, options),
      itemsOf: (page) => parseResponse(operation, z.array(groupAnswer), page.AutoScalingGroups ?? []),
    },
  );
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
