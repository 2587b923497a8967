import { weightedTemplate } from '../../support/external-actor.js';
import { z } from 'zod';

/** Two images of local/aws-emulator/images.json: what the group runs, and what it is patched to. */
export const IMAGE = 'ami-0aa0000000000002b';
export const OTHER_IMAGE = 'ami-0aa0000000000001a';

const template = z.object({ Resources: z.record(z.string(), z.unknown()) });

/** A template with a group of one instance, and no share of its weighted domain yet. */
export function groupTemplate(name: string, version: string): object {
  const { Resources } = template.parse(weightedTemplate(name, version, 0));
  return {
    Resources: {
      ...Resources,
      AppServerConfig: {
        Type: 'AWS::AutoScaling::LaunchConfiguration',
        Properties: { ImageId: IMAGE, InstanceType: 't2.micro' },
      },
      AppServer: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: {
          AvailabilityZones: ['eu-west-1a'],
          LaunchConfigurationName: { Ref: 'AppServerConfig' },
          MinSize: '1',
          MaxSize: '3',
          DesiredCapacity: '1',
          Tags: [{ Key: 'StackName', Value: name, PropagateAtLaunch: true }],
        },
      },
    },
  };
}
