import { z } from 'zod';

const template = z.object({
  LaunchTemplateId: z.string().optional(),
  LaunchTemplateName: z.string().optional(),
  Version: z.string().optional(),
});

/** Which launch template, and which version of it. */
export type LaunchTemplate = z.infer<typeof template>;

/** A group in the answer of DescribeAutoScalingGroups. */
export const groupAnswer = z.object({
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
export type GroupAnswer = z.infer<typeof groupAnswer>;

/** The group's launch template, wherever it is named. */
export function templateOf(group: GroupAnswer): LaunchTemplate | undefined {
  return group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}
