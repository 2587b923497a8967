import { DescribeLaunchConfigurationsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeInstancesCommand, DescribeLaunchTemplateVersionsCommand } from '@aws-sdk/client-ec2';
import { z } from 'zod';
import { type AwsAccess } from './access.js';
import { allPages, parseAnswer } from './answer.js';
import { templateOf, type GroupAnswer, type LaunchTemplate } from './group-answer.js';

const launchConfiguration = z.object({ ImageId: z.string() });

/** The image of the group's new instances: its launch configuration's, else its launch template's. */
export async function groupImage(
  access: AwsAccess,
  region: string,
  group: GroupAnswer,
  signal?: AbortSignal,
): Promise<string | null> {
  const template = templateOf(group);
  if (group.LaunchConfigurationName === undefined)
    return template === undefined ? null : await templateImage(access, region, template, signal);
  const doing = 'reading the launch configuration';
  const command = new DescribeLaunchConfigurationsCommand({
    LaunchConfigurationNames: [group.LaunchConfigurationName],
  });
  const answer = await access.ask({ doing, scope: region, signal }, (options) =>
    access.clients(region).autoScaling.send(command, options),
  );
  return parseAnswer(doing, z.array(launchConfiguration), answer.LaunchConfigurations ?? [])[0]?.ImageId ?? null;
}

async function templateImage(
  access: AwsAccess,
  region: string,
  template: LaunchTemplate,
  signal?: AbortSignal,
): Promise<string | null> {
  const command = new DescribeLaunchTemplateVersionsCommand({
    // By id or by name, never by both.
    ...(template.LaunchTemplateId === undefined
      ? { LaunchTemplateName: template.LaunchTemplateName }
      : { LaunchTemplateId: template.LaunchTemplateId }),
    Versions: [template.Version ?? '$Default'],
  });
  const answer = await access.ask({ doing: 'reading the launch template', scope: region, signal }, async (options) =>
    (await access.clients(region).ec2()).send(command, options),
  );
  return answer.LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId ?? null;
}

const instance = z.object({ InstanceId: z.string(), ImageId: z.string() });

/** The image of each instance that EC2 knows. Asked by a filter, since an unknown id would fail the whole call. */
export async function instanceImages(
  access: AwsAccess,
  region: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const doing = "looking at the group's instances";
  const found = await allPages(async (next) => {
    const command = new DescribeInstancesCommand({
      Filters: [{ Name: 'instance-id', Values: [...ids] }],
      NextToken: next,
    });
    const answer = await access.ask({ doing, scope: region, signal }, async (options) =>
      (await access.clients(region).ec2()).send(command, options),
    );
    const instances = (answer.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
    return { items: parseAnswer(doing, z.array(instance), instances), next: answer.NextToken };
  });
  return new Map(found.map(({ InstanceId, ImageId }) => [InstanceId, ImageId]));
}
