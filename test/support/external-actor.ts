import { type AwsEmulator, until } from '../../local/services/index.js';
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { REGION } from '../../local/stack/lizzy.js';

const FOREIGN_ADDRESS = '198.51.100.7';

/** Another user of AWS: changes stacks without Lizzy and without Senza, by AWS's own protocol. */
export class ExternalActor {
  constructor(private readonly aws: AwsEmulator) {}

  /** Creates a stack with the tags of Senza, and waits until it is complete. */
  async createStack(
    name: string,
    version: string,
    template: object,
    {
      wait = true,
      region = REGION,
      parameters = {},
    }: { wait?: boolean; region?: string; parameters?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    const fields = {
      StackName: `${name}-${version}`,
      TemplateBody: JSON.stringify(template),
      'Tags.member.1.Key': 'StackName',
      'Tags.member.1.Value': name,
      'Tags.member.2.Key': 'StackVersion',
      'Tags.member.2.Value': version,
      ...Object.fromEntries(
        Object.entries(parameters).flatMap(([key, value], index) => [
          [`Parameters.member.${index + 1}.ParameterKey`, key],
          [`Parameters.member.${index + 1}.ParameterValue`, value],
        ]),
      ),
    };
    await this.call('CreateStack', fields, region);
    if (wait) await this.aws.control.finishPending(`${name}-${version}`);
  }

  /** Creates a weighted A record that belongs to no stack, or sets its weight (of 200). */
  async putRecord(domain: string, identifier: string, Weight: number): Promise<void> {
    await this.changeRecord('UPSERT', domain, identifier, Weight);
  }

  /** Deletes such a record. */
  async deleteRecord(domain: string, identifier: string, Weight: number, address = FOREIGN_ADDRESS): Promise<void> {
    await this.changeRecord('DELETE', domain, identifier, Weight, address);
  }

  private async changeRecord(
    Action: 'UPSERT' | 'DELETE',
    domain: string,
    identifier: string,
    Weight: number,
    address = FOREIGN_ADDRESS,
  ): Promise<void> {
    const ResourceRecordSet = {
      Name: `${domain}.example.org.`,
      Type: 'A' as const,
      TTL: 20,
      SetIdentifier: identifier,
      Weight,
      ResourceRecords: [{ Value: address }],
    };
    await this.withRoute53(async (route53) => {
      const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
      const zone = HostedZones.find(({ Name }) => Name === 'example.org.');
      const ChangeBatch = { Changes: [{ Action, ResourceRecordSet }] };
      await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone?.Id, ChangeBatch }));
    });
  }

  /** Creates a hosted zone; returns its ID. */
  async createZone(Name: string, { PrivateZone = false } = {}): Promise<string> {
    const CallerReference = `${Name} ${PrivateZone ? 'private' : 'public'}`;
    const VPC = PrivateZone ? { VPC: { VPCId: 'vpc-1', VPCRegion: 'eu-west-1' as const } } : {};
    const command = new CreateHostedZoneCommand({ Name, CallerReference, HostedZoneConfig: { PrivateZone }, ...VPC });
    return await this.withRoute53(async (route53) => (await route53.send(command)).HostedZone?.Id ?? '');
  }

  /** Creates a record set of any kind. */
  async createRecordSet(HostedZoneId: string, ResourceRecordSet: ResourceRecordSet): Promise<void> {
    const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet }] };
    const command = new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch });
    await this.withRoute53((route53) => route53.send(command));
  }

  /** The identifiers of the record sets of a name in a zone, sorted. */
  async identifiersIn(HostedZoneId: string, name: string): Promise<string[]> {
    const command = new ListResourceRecordSetsCommand({ HostedZoneId });
    const { ResourceRecordSets = [] } = await this.withRoute53((route53) => route53.send(command));
    return ResourceRecordSets.flatMap(({ Name, SetIdentifier = '' }) => (Name === name ? [SetIdentifier] : [])).sort();
  }

  /** The weights of the record sets of a name in a zone, by their identifiers. */
  async weightsIn(HostedZoneId: string, name: string): Promise<Record<string, number | undefined>> {
    const command = new ListResourceRecordSetsCommand({ HostedZoneId });
    const { ResourceRecordSets = [] } = await this.withRoute53((route53) => route53.send(command));
    const ofName = ResourceRecordSets.filter(({ Name }) => Name === name);
    return Object.fromEntries(ofName.map(({ SetIdentifier = '', Weight }) => [SetIdentifier, Weight]));
  }

  private async withRoute53<T>(use: (client: Route53Client) => Promise<T>): Promise<T> {
    const route53 = new Route53Client({ endpoint: this.aws.url, region: REGION });
    try {
      return await use(route53);
    } finally {
      route53.destroy();
    }
  }

  /** Begins to delete a stack. */
  async deleteStack(stack: string): Promise<void> {
    await this.call('DeleteStack', { StackName: stack });
  }

  /** Sends a request, again when it is throttled, as the AWS CLI does. */
  private async call(action: string, parameters: Readonly<Record<string, string>>, region = REGION): Promise<void> {
    const body = new URLSearchParams({ Action: action, Version: '2010-05-15', ...parameters });
    // The emulator reads the service and the region of a signature, and does not check it.
    const credential = `Credential=external/20261122/${region}/cloudformation/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`;
    let refusal = '';
    await until(`AWS not to throttle ${action}`, async () => {
      const response = await fetch(this.aws.url, { method: 'POST', body, headers: { authorization } });
      const answer = await response.text();
      refusal = response.ok ? '' : answer;
      return !refusal.includes('<Code>Throttling</Code>');
    });
    if (refusal !== '') throw new Error(`AWS refused ${action}: ${refusal}`);
  }
}

/** A weighted record of a template; the weight in Route 53's own scale, of 200 for all. */
export interface RecordShare {
  /** Below `example.org`. */
  readonly domain: string;
  readonly weight: number;
  readonly type?: 'A' | 'AAAA' | 'CNAME';
  /** The hosted zone, with its last dot; `example.org.` by default. */
  readonly zone?: string;
  /** The set identifier; the name of the stack by default. */
  readonly identifier?: string;
  /** Whether it is in an `AWS::Route53::RecordSetGroup`. */
  readonly isGrouped?: boolean;
}

function recordValue(type: 'A' | 'AAAA' | 'CNAME', version: string): string {
  switch (type) {
    case 'A':
      return `192.0.2.${version}`;
    case 'AAAA':
      return `2001:db8::${version}`;
    case 'CNAME':
      return `version-${version}.example.net`;
  }
}

/** A template with several weighted records. Versions are numbers from 1 to 254. */
export function recordsTemplate(name: string, version: string, shares: readonly RecordShare[]): object {
  const resources = shares.map(({ domain, weight, type = 'A', zone = 'example.org.', ...share }) => {
    const record = {
      Type: type,
      Name: `${domain}.example.org.`,
      TTL: '20',
      ResourceRecords: [recordValue(type, version)],
      SetIdentifier: share.identifier ?? `${name}-${version}`,
      Weight: weight,
    };
    return share.isGrouped === true
      ? { Type: 'AWS::Route53::RecordSetGroup', Properties: { HostedZoneName: zone, RecordSets: [record] } }
      : { Type: 'AWS::Route53::RecordSet', Properties: { HostedZoneName: zone, ...record } };
  });
  const Resources = Object.fromEntries(resources.map((resource, index) => [`Domain${index}`, resource]));
  return { Resources };
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
