import { type AwsEmulator } from '../../local/services/index.js';
import { REGION } from '../../local/stack/lizzy.js';

/** Another user of AWS: changes stacks without Lizzy and without Senza, by AWS's own protocol. */
export class ExternalActor {
  constructor(private readonly aws: AwsEmulator) {}

  /** Creates a stack with the tags of Senza, and waits until it is complete. */
  async createStack(
    name: string,
    version: string,
    template: object,
    { wait = true, region = REGION } = {},
  ): Promise<void> {
    const parameters = {
      StackName: `${name}-${version}`,
      TemplateBody: JSON.stringify(template),
      'Tags.member.1.Key': 'StackName',
      'Tags.member.1.Value': name,
      'Tags.member.2.Key': 'StackVersion',
      'Tags.member.2.Value': version,
    };
    await this.call('CreateStack', parameters, region);
    if (wait) await this.aws.control.finish(`${name}-${version}`);
  }

  /** Begins to delete a stack. */
  async deleteStack(stack: string): Promise<void> {
    await this.call('DeleteStack', { StackName: stack });
  }

  private async call(action: string, parameters: Readonly<Record<string, string>>, region = REGION): Promise<void> {
    const body = new URLSearchParams({ Action: action, Version: '2010-05-15', ...parameters });
    // The emulator reads the service and the region of a signature, and does not check it.
    const credential = `Credential=external/20261122/${region}/cloudformation/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`;
    const response = await fetch(this.aws.url, { method: 'POST', body, headers: { authorization } });
    const answer = await response.text();
    if (!response.ok) throw new Error(`AWS refused ${action}: ${answer}`);
  }
}

/** A template with one queue. */
export const QUEUE_TEMPLATE = { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } } as const;

/** A template with a share of the application's weighted domain, in percent. Versions are numbers from 1 to 254. */
export function weightedTemplate(name: string, version: string, percentage: number): object {
  const record = (domain: string, more: object): object => ({
    Type: 'AWS::Route53::RecordSet',
    Properties: {
      Type: 'A',
      Name: `${domain}.example.org.`,
      HostedZoneName: 'example.org.',
      TTL: '20',
      ResourceRecords: [`192.0.2.${version}`],
      ...more,
    },
  });
  return {
    Resources: {
      // Senza counts in half percents.
      AppMainDomain: record(name, { SetIdentifier: `${name}-${version}`, Weight: percentage * 2 }),
      AppVersionDomain: record(`${name}-${version}`, {}),
    },
  };
}
