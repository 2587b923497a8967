import { ListHostedZonesCommand, ListResourceRecordSetsCommand, type RRType } from '@aws-sdk/client-route-53';
import { z } from 'zod';
import { type AwsAccess } from './access.js';
import { allPages, parseAnswer } from './answer.js';
import { ROUTE53_SCOPE } from './budget.js';

const hostedZone = z.object({ Id: z.string(), Name: z.string() });

/** A hosted zone of Route 53. */
export interface HostedZone {
  readonly id: string;
  /** With the last dot. */
  readonly name: string;
}

/** All hosted zones of the account. */
export async function hostedZones(access: AwsAccess, region: string, signal?: AbortSignal): Promise<HostedZone[]> {
  const doing = 'listing the hosted zones';
  return await allPages(async (next) => {
    const command = new ListHostedZonesCommand({ Marker: next });
    const answer = await access.ask({ doing, scope: ROUTE53_SCOPE, signal }, (options) =>
      access.clients(region).route53.send(command, options),
    );
    const zones = parseAnswer(doing, z.array(hostedZone), answer.HostedZones ?? []);
    return {
      items: zones.map(({ Id, Name }) => ({ id: Id, name: Name })),
      next: answer.IsTruncated === true ? answer.NextMarker : undefined,
    };
  });
}

const weightedRecord = z.object({
  Name: z.string(),
  Type: z.string(),
  SetIdentifier: z.string().optional(),
  Weight: z.number().optional(),
});

/** A record of Route 53 as far as weights go. */
export type WeightedRecord = z.infer<typeof weightedRecord>;

/** Where in a zone a page of records begins. */
interface RecordCursor {
  readonly StartRecordName: string;
  readonly StartRecordType?: RRType | undefined;
  readonly StartRecordIdentifier?: string | undefined;
}

/** All records of one name in a zone; `name` has its last dot and Route 53's own way of writing. */
export async function recordsOf(
  access: AwsAccess,
  zone: HostedZone,
  name: string,
  { region, signal }: { region: string; signal?: AbortSignal | undefined },
): Promise<WeightedRecord[]> {
  const doing = 'reading the weights of the domain';
  const records = await allPages<WeightedRecord, RecordCursor>(async (from = { StartRecordName: name }) => {
    const command = new ListResourceRecordSetsCommand({ HostedZoneId: zone.id, ...from });
    const answer = await access.ask({ doing, scope: ROUTE53_SCOPE, signal }, (options) =>
      access.clients(region).route53.send(command, options),
    );
    // Records come in the order of their names: behind this name there are no more.
    const more = answer.IsTruncated === true && isSameName(answer.NextRecordName ?? '', name);
    return {
      items: parseAnswer(doing, z.array(weightedRecord), answer.ResourceRecordSets ?? []),
      next: more
        ? {
            StartRecordName: name,
            StartRecordType: answer.NextRecordType,
            StartRecordIdentifier: answer.NextRecordIdentifier,
          }
        : undefined,
    };
  });
  return records.filter((record) => isSameName(record.Name, name));
}

/** The names of domains do not differ by case (RFC 4343); Route 53 itself answers in lower case. */
function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
