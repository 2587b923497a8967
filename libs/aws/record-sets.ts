import {
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandOutput,
  type Route53Client,
  type RRType,
} from '@aws-sdk/client-route-53';
import { z } from 'zod';
import { type AwsClient, type SendOptions } from './aws-client.js';
import { type HostedZone } from './hosted-zones.js';
import { parseResponse } from './parse-response.js';

const recordSet = z.looseObject({
  Name: z.string(),
  Type: z.string(),
  SetIdentifier: z.string().optional(),
  Weight: z.number().optional(),
});

/** A record set as Route 53 returns it; only what weights are read from has a type. */
export type RecordSet = z.infer<typeof recordSet>;

/** Where in a zone a page of records begins. */
interface RecordCursor {
  readonly StartRecordName?: string | undefined;
  readonly StartRecordType?: RRType | undefined;
  readonly StartRecordIdentifier?: string | undefined;
}

/** The size of a page of records (ListResourceRecordSets in Route 53's API reference). */
const RECORDS_PER_PAGE = 300;

/**
 * The records of some domains in a zone, by domain. A zone of one page is read once for all of them; in a larger one each domain is.
 * @param domains without their last dots
 */
export async function recordsOf(
  access: AwsClient,
  zone: HostedZone,
  domains: readonly string[],
  query: RecordQuery,
): Promise<ReadonlyMap<string, readonly RecordSet[]>> {
  const isOnePage = zone.recordCount !== null && zone.recordCount <= RECORDS_PER_PAGE;
  const whole = isOnePage && domains.length > 1 ? await readRecords(access, zone, null, query) : null;
  const found = domains.map(async (domain) => {
    const name = recordName(domain);
    const records = whole ?? (await readRecords(access, zone, name, query));
    return [domain, records.filter((record) => isSameName(record.Name, name))] as const;
  });
  return new Map(await Promise.all(found));
}

interface RecordQuery {
  readonly region: string;
  readonly signal?: AbortSignal | undefined;
}

/** The pages with the records of the name, or all of the zone's. @param name in Route 53's own way of writing, null for the zone */
async function readRecords(
  access: AwsClient,
  zone: HostedZone,
  name: string | null,
  { region, signal }: RecordQuery,
): Promise<RecordSet[]> {
  const operation = 'reading the weights of the domain';
  return await access.pages(
    { operation, signal },
    {
      paginate: (options) => paginateRecordSets(access.clients(region).route53, zone, name, options),
      itemsOf: (page) => parseResponse(operation, z.array(recordSet), page.ResourceRecordSets ?? []),
    },
  );
}

/** The pages of records. The SDK has no paginator for ListResourceRecordSets: its cursor has three parts. */
async function* paginateRecordSets(
  client: Route53Client,
  zone: HostedZone,
  name: string | null,
  options: SendOptions,
): AsyncGenerator<ListResourceRecordSetsCommandOutput> {
  let cursor: RecordCursor | null = name === null ? {} : { StartRecordName: name };
  while (cursor !== null) {
    const command: ListResourceRecordSetsCommand = new ListResourceRecordSetsCommand({
      HostedZoneId: zone.id,
      ...cursor,
    });
    const page: ListResourceRecordSetsCommandOutput = await client.send(command, options);
    yield page;
    // Records are sorted by name: no later page has records of this name.
    const hasMore = page.IsTruncated === true && (name === null || isSameName(page.NextRecordName ?? '', name));
    cursor = hasMore
      ? {
          StartRecordName: page.NextRecordName,
          StartRecordType: page.NextRecordType,
          StartRecordIdentifier: page.NextRecordIdentifier,
        }
      : null;
  }
}

/** The domain of a record's name: lower case, without the last dot. */
export function recordDomain(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

/** The names of domains do not differ by case (RFC 4343); Route 53 returns them in lower case. */
function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Route 53 writes a wildcard as an octal escape ("DNS domain name format" in its developer guide). */
function recordName(domain: string): string {
  return `${domain.replaceAll('*', '\\052')}.`;
}
