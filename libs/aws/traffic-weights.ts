import { ListHostedZonesCommand, ListResourceRecordSetsCommand, type RRType } from '@aws-sdk/client-route-53';
import { z } from 'zod';
import { type AwsClient, ROUTE53_SCOPE } from './aws-client.js';
import { allPages, parseResponse } from './pages.js';
import { stackResources } from './stacks.js';

const hostedZone = z.object({ Id: z.string(), Name: z.string() });

/** A hosted zone of Route 53. */
interface HostedZone {
  readonly id: string;
  /** With the last dot. */
  readonly name: string;
}

/** All hosted zones of the account. */
async function hostedZones(access: AwsClient, region: string, signal?: AbortSignal): Promise<HostedZone[]> {
  const operation = 'listing the hosted zones';
  return await allPages(async (next) => {
    const command = new ListHostedZonesCommand({ Marker: next });
    const answer = await access.call({ operation, scope: ROUTE53_SCOPE, signal }, (options) =>
      access.clients(region).route53.send(command, options),
    );
    const zones = parseResponse(operation, z.array(hostedZone), answer.HostedZones ?? []);
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
type WeightedRecord = z.infer<typeof weightedRecord>;

/** Where in a zone a page of records begins. */
interface RecordCursor {
  readonly StartRecordName: string;
  readonly StartRecordType?: RRType | undefined;
  readonly StartRecordIdentifier?: string | undefined;
}

/** All records of one name in a zone; `name` has its last dot and Route 53's own way of writing. */
async function recordsOf(
  access: AwsClient,
  zone: HostedZone,
  name: string,
  { region, signal }: { region: string; signal?: AbortSignal | undefined },
): Promise<WeightedRecord[]> {
  const operation = 'reading the weights of the domain';
  const records = await allPages<WeightedRecord, RecordCursor>(async (from = { StartRecordName: name }) => {
    const command = new ListResourceRecordSetsCommand({ HostedZoneId: zone.id, ...from });
    const answer = await access.call({ operation, scope: ROUTE53_SCOPE, signal }, (options) =>
      access.clients(region).route53.send(command, options),
    );
    // Records come in the order of their names: behind this name there are no more.
    const more = answer.IsTruncated === true && isSameName(answer.NextRecordName ?? '', name);
    return {
      items: parseResponse(operation, z.array(weightedRecord), answer.ResourceRecordSets ?? []),
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

/** The weighted records of one domain. */
export interface DomainWeights {
  /** Lower case, without the last dot. */
  readonly domain: string;
  /**
   * Which records of the domain these are (`AAAA`, or `A in /hostedzone/Z1`) when the records of one identifier differ in
   * weight; null when all agree.
   */
  readonly variant: string | null;
  /** How many kinds of weighted records the domain has: by type and hosted zone. */
  readonly variants: number;
  /** Which of the given stacks own a record of this domain. */
  readonly owners: readonly string[];
  /**
   * Percentage by identifier. Usually that is the name of a stack with its version; it can belong to no stack of the
   * region. It is Senza's percentage: Route 53's weight halved (senza/traffic.py, `PERCENT_RESOLUTION`), so that a domain's
   * sum is usually, but not always, 100.
   */
  readonly weights: ReadonlyMap<string, number>;
}

/** Senza gives a version with all traffic this weight per percent. */
const WEIGHT_PER_PERCENT = 2;
const RECORD_SET = 'AWS::Route53::RecordSet';
const ADDRESS_TYPES: readonly string[] = ['A', 'AAAA', 'CNAME'];

/**
 * The weights as Senza reads them (senza/traffic.py, `get_stack_versions` and `get_weights`): the domains are the record
 * sets of the stacks whose logical id does not contain "version"; the weights those of all address records of that name.
 * Domains without a weighted record are left out. A domain has several elements when its records of one identifier differ.
 */
export async function weights(
  access: AwsClient,
  region: string,
  stacks: readonly string[],
  signal?: AbortSignal,
): Promise<DomainWeights[]> {
  const owners = new Map<string, string[]>();
  // Side by side: the shared budget of AWS calls limits how many run at once.
  const domains = await Promise.all(
    stacks.map(async (stack) => ({ stack, domains: await domainsOf(access, region, stack, signal) })),
  );
  for (const { stack, domains: ofStack } of domains) {
    for (const domain of ofStack) owners.set(domain, [...(owners.get(domain) ?? []), stack]);
  }
  if (owners.size === 0) return [];
  const zones = await hostedZones(access, region, signal);
  const found = await Promise.all(
    [...owners].map(async ([domain, stacksOfDomain]) => {
      // A name can be in a public and a private zone, and in a zone of its own: Senza takes all of them.
      const fitting = zones.filter((zone) => `.${domain}.`.endsWith(`.${zone.name.toLowerCase()}`));
      const records = await Promise.all(
        fitting.map(async (zone) => ({
          zone: zone.id,
          records: await recordsOf(access, zone, recordName(domain), { region, signal }),
        })),
      );
      return byVariant(records).map((each) => ({ domain, owners: stacksOfDomain, ...each }));
    }),
  );
  return found.flat();
}

/** The domains of a stack's records that are not of one version, whether they have a weight or not. */
export async function domainsOf(
  access: AwsClient,
  region: string,
  stack: string,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const resources = await stackResources(access, region, stack, signal);
  const records = resources.filter(
    ({ type, logicalId }) => type === RECORD_SET && !logicalId.toLowerCase().includes('version'),
  );
  return new Set(
    records.flatMap(({ physicalId }) =>
      physicalId === null || physicalId === '' ? [] : [physicalId.replace(/\.$/, '').toLowerCase()],
    ),
  );
}

type ZoneRecords = Readonly<{ zone: string; records: readonly WeightedRecord[] }>;
type Variant = Pick<DomainWeights, 'variant' | 'variants' | 'weights'>;

/** One element when all records of each identifier have the same weight, otherwise one for each type and zone. */
function byVariant(zones: readonly ZoneRecords[]): Variant[] {
  const found = new Map<string, Map<string, number>>();
  for (const { zone, records } of zones) {
    for (const { Type, SetIdentifier, Weight } of records) {
      if (SetIdentifier === undefined || Weight === undefined || !ADDRESS_TYPES.includes(Type)) continue;
      const name = zones.length > 1 ? `${Type} in ${zone}` : Type;
      const known = found.get(name) ?? new Map<string, number>();
      found.set(name, known.set(SetIdentifier, Weight / WEIGHT_PER_PERCENT));
    }
  }
  const variants = found.size;
  if (variants === 0) return [];
  const merged = new Map([...found.values()].flatMap((each) => [...each]));
  const agree = [...found.values()].every((each) => [...each].every(([id, weight]) => merged.get(id) === weight));
  if (agree) return [{ variant: null, variants, weights: merged }];
  return [...found].map(([variant, each]) => ({ variant, variants, weights: each }));
}

/** Route 53 writes a wildcard as an octal escape ("DNS domain name format" in its developer guide). */
function recordName(domain: string): string {
  return `${domain.replaceAll('*', '\\052')}.`;
}
