import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStacksCommand,
  UpdateStackCommand,
  type CreateStackCommandInput,
  type StackEvent,
  type StackSummary,
  type UpdateStackCommandInput,
} from '@aws-sdk/client-cloudformation';
import { ChangeResourceRecordSetsCommand, ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { NO_LAG, startAwsEmulator, type AwsEmulator, type AwsEmulatorOptions } from '../../services/index.js';

export const REGION = 'eu-west-1';

/** An emulator with clients that never retry, so that a test sees each refusal. */
export class EmulatedAws {
  readonly cloudFormation: CloudFormationClient;
  readonly route53: Route53Client;
  readonly autoScaling: AutoScalingClient;

  private constructor(readonly emulator: AwsEmulator) {
    const options = {
      endpoint: emulator.url,
      region: REGION,
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      maxAttempts: 1,
    };
    this.cloudFormation = new CloudFormationClient(options);
    this.route53 = new Route53Client(options);
    this.autoScaling = new AutoScalingClient(options);
  }

  /** Starts an emulator whose listings have no lag. */
  static async start(options: AwsEmulatorOptions = {}): Promise<EmulatedAws> {
    return new EmulatedAws(await startAwsEmulator({ settings: NO_LAG, ...options }));
  }

  async stop(): Promise<void> {
    this.cloudFormation.destroy();
    this.route53.destroy();
    this.autoScaling.destroy();
    await this.emulator.stop();
  }

  async create(name: string, template: object, more: Partial<CreateStackCommandInput> = {}): Promise<void> {
    const input = { StackName: name, TemplateBody: JSON.stringify(template), ...more };
    await this.cloudFormation.send(new CreateStackCommand(input));
  }

  async update(name: string, template: object, more: Partial<UpdateStackCommandInput> = {}): Promise<void> {
    const input = { StackName: name, TemplateBody: JSON.stringify(template), ...more };
    await this.cloudFormation.send(new UpdateStackCommand(input));
  }

  async statusOf(name: string): Promise<string | undefined> {
    const { Stacks = [] } = await this.cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks[0]?.StackStatus;
  }

  async listed(): Promise<StackSummary[]> {
    return (await this.cloudFormation.send(new ListStacksCommand({}))).StackSummaries ?? [];
  }

  /** Oldest first. */
  async eventsOf(name: string): Promise<StackEvent[]> {
    const { StackEvents = [] } = await this.cloudFormation.send(new DescribeStackEventsCommand({ StackName: name }));
    return StackEvents.toReversed();
  }

  async zoneId(): Promise<string> {
    const { HostedZones = [] } = await this.route53.send(new ListHostedZonesCommand({}));
    return HostedZones[0]?.Id ?? '';
  }

  /** Submits one change batch, and returns the ID of the change. */
  async change(Action: 'CREATE' | 'UPSERT' | 'DELETE', ...records: ResourceRecordSet[]): Promise<string> {
    const { ChangeInfo } = await this.route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: await this.zoneId(),
        ChangeBatch: { Changes: records.map((ResourceRecordSet) => ({ Action, ResourceRecordSet })) },
      }),
    );
    return ChangeInfo?.Id ?? '';
  }
}

/** A template with queues; `name` is the prefix of their names. */
export function queues(name: string, count = 1): { Resources: Record<string, object> } {
  const Resources: Record<string, object> = {};
  for (let index = 0; index < count; index += 1) {
    Resources[`Queue${index}`] = { Type: 'AWS::SQS::Queue', Properties: { QueueName: `${name}-${index}` } };
  }
  return { Resources };
}
