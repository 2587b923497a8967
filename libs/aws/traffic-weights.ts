import { isNativeError } from 'node:util/types';
import { type AwsClient } from './aws-client.js';
import { AwsError } from './errors.js';
import { covers, type HostedZones } from './hosted-zones.js';
import { recordDomain, type RecordSet, recordsOf } from './record-sets.js';
import { stackResources, type StackResource } from './stacks.js';
import { stackTemplate } from './stack-templates.js';

/** The weighted records of one domain. */
export interface DomainWeights {
  /** Lower case, without the last dot. */
  readonly domain: string;
  /**
   * Which records of the domain these are (`AAAA`, or `A in /hostedzone/Z1`) when the records of one identifier differ in
   * weight; null when all agree.
   */
  readonly variant: string | null;
  /**
   * How many kinds of weighted records the domain has: by type and hosted zone. 0 when it has no record at all any more: a
   * switch of another region, for example, has removed it.
   */
  readonly variants: number;
  /** Which of the given stacks own a record of this domain. */
  readonly owners: readonly string[];
  /**
   * Percentage by identifier. Usually that is the name of a stack with its version; it can belong to no stack of the
   * region. It is Senza's percentage: Route 53's weight halved (senza/traffic.py, `PERCENT_RESOLUTION`), so that a domain's
   * sum is usually, but not always, 100.
   */
  readonly weights: ReadonlyMap<string, number>;
  /** The weighted record sets themselves, those of all variants, with the IDs of their hosted zones. */
  readonly records: readonly ZoneRecord[];
}

/** A weighted record set, and where it is. */
interface ZoneRecord {
  readonly zone: string;
  readonly record: RecordSet;
}

/** Senza gives a version with all traffic this weight per percent. */
const WEIGHT_PER_PERCENT = 2;
const RECORD_SET = 'AWS::Route53::RecordSet';
const RECORD_SET_GROUP = 'AWS::Route53::RecordSetGroup';
const ADDRESS_TYPES: readonly string[] = ['A', 'AAAA', 'CNAME'];

/** Whose weights are read. */
export interface WeightsQuery {
  readonly region: string;
  /** Names or IDs. */
  readonly stacks: readonly string[];
  /** Further domains, which perhaps none of the stacks has. */
  readonly domains?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Reads the domains of a stack; {@link domainsOf} by default. */
  readonly readDomains?: (stack: string) => Promise<ReadonlySet<string>>;
}

/**
 * The weights as Senza reads them (senza/traffic.py, `get_stack_versions` and `get_weights`): the domains are the record
 * sets of the stacks whose logical id does not contain "version"; the weights those of all address records of that name.
 * Domains with records of which none has a weight are left out. A domain has several elements when its records of one
 * identifier differ.
 */
export async function weights(access: AwsClient, zones: HostedZones, query: WeightsQuery): Promise<DomainWeights[]> {
  const { region, stacks, domains: named = [], signal } = query;
  const readDomains = query.readDomains ?? ((stack: string) => domainsOf(access, region, stack, signal));
  const owners = new Map<string, string[]>(named.map((domain) => [domain, []]));
  // Side by side: the shared budget of AWS calls limits how many run at once.
  const domains = await Promise.all(stacks.map(async (stack) => ({ stack, domains: await readDomains(stack) })));
  for (const { stack, domains: ofStack } of domains) {
    for (const domain of ofStack) owners.set(domain, [...(owners.get(domain) ?? []), stack]);
  }
  if (owners.size === 0) return [];
  const read = async (): Promise<DomainWeights[]> => await weightsOfDomains(access, zones, owners, { region, signal });
  const startedAt = performance.now();
  const found = await read().catch((error: unknown) => {
    if (isNoSuchZone(error)) return null;
    throw error;
  });
  // The zone no longer exists, or the records are in a new one below it.
  const isOutdated =
    found === null || (found.some(({ variants }) => variants === 0) && zones.wereListedBefore(startedAt));
  if (!isOutdated) return found;
  zones.forget();
  return await read();
}

async function weightsOfDomains(
  access: AwsClient,
  zones: HostedZones,
  owners: ReadonlyMap<string, readonly string[]>,
  { region, signal }: Pick<WeightsQuery, 'region' | 'signal'>,
): Promise<DomainWeights[]> {
  const domains = [...owners.keys()];
  // A name can be in a public and a private zone, and in a zone of its own: Senza takes all of them.
  const known = await zones.covering(domains, region, signal);
  const read = await Promise.all(
    known.map(async (zone) => {
      const covered = domains.filter((domain) => covers(zone, domain));
      return { zone: zone.id, records: await recordsOf(access, zone, covered, { region, signal }) };
    }),
  );
  return [...owners].flatMap(([domain, stacksOfDomain]) => {
    const ofDomain = read.flatMap(({ zone, records }) => {
      const found = records.get(domain);
      return found === undefined ? [] : [{ zone, records: found }];
    });
    return byVariant(ofDomain, stacksOfDomain).map((each) => ({ domain, owners: stacksOfDomain, ...each }));
  });
}

function isNoSuchZone(error: unknown): boolean {
  return error instanceof AwsError && isNativeError(error.cause) && error.cause.name === 'NoSuchHostedZone';
}

/** The domains of a stack's records that are not of one version, whether they have a weight or not. */
export async function domainsOf(
  access: AwsClient,
  region: string,
  stack: string,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  return domainsOfResources(await stackResources(access, region, stack, signal));
}

function domainsOfResources(resources: readonly StackResource[]): ReadonlySet<string> {
  const records = resources.filter(
    ({ type, logicalId }) => type === RECORD_SET && !logicalId.toLowerCase().includes('version'),
  );
  return new Set(
    records.flatMap(({ physicalId }) => (physicalId === null || physicalId === '' ? [] : [recordDomain(physicalId)])),
  );
}

/**
 * The domains of which a stack has traffic by any of its records: also by those in an `AWS::Route53::RecordSetGroup` and those with another
 * set identifier than the stack's name, which `weights` does not count as the stack's.
 */
export async function domainsWithTraffic(
  access: AwsClient,
  zones: HostedZones,
  { region, stack, signal }: { region: string; stack: string; signal?: AbortSignal | undefined },
): Promise<ReadonlySet<string>> {
  const resources = await stackResources(access, region, stack, signal);
  if (!resources.some(({ type }) => type === RECORD_SET || type === RECORD_SET_GROUP)) return new Set();
  const template = await stackTemplate(access, region, stack, signal);
  const { identifiers, groupedDomains } = template ?? { identifiers: [], groupedDomains: [] };
  const found = await weights(access, zones, {
    region,
    stacks: [stack],
    domains: groupedDomains,
    signal,
    readDomains: () => Promise.resolve(domainsOfResources(resources)),
  });
  const own = new Set([stack, ...identifiers]);
  const receiving = found.filter((each) => [...each.weights].some(([id, weight]) => weight > 0 && own.has(id)));
  return new Set(receiving.map(({ domain }) => domain));
}

/**
 * The zones in which one of the owners has a weighted record, with these records; all with such records when none has. A zone that only
 * others use is none of the application's: a switch to 100 % would leave a private zone of the same name without any record.
 */
function zonesOf(owners: readonly string[], zones: readonly ZoneRecords[]): readonly ZoneRecords[] {
  const weighted = zones
    .map(({ zone, records }) => ({
      zone,
      records: records.filter(({ Type, Weight }) => Weight !== undefined && ADDRESS_TYPES.includes(Type)),
    }))
    .filter(({ records }) => records.length > 0);
  const own = weighted.filter(({ records }) =>
    records.some(({ SetIdentifier }) => SetIdentifier !== undefined && owners.includes(SetIdentifier)),
  );
  return own.length > 0 ? own : weighted;
}

type ZoneRecords = Readonly<{ zone: string; records: readonly RecordSet[] }>;
type Variant = Pick<DomainWeights, 'variant' | 'variants' | 'weights' | 'records'>;

/** One element when all records of each identifier have the same weight, otherwise one for each type and zone. */
function byVariant(zones: readonly ZoneRecords[], owners: readonly string[]): Variant[] {
  const found = new Map<string, Map<string, number>>();
  const weighted: ZoneRecord[] = [];
  const used = zonesOf(owners, zones);
  for (const { zone, records } of used) {
    for (const record of records) {
      const { Type, SetIdentifier, Weight } = record;
      if (SetIdentifier === undefined || Weight === undefined) continue;
      const name = used.length > 1 ? `${Type} in ${zone}` : Type;
      const known = found.get(name) ?? new Map<string, number>();
      found.set(name, known.set(SetIdentifier, Weight / WEIGHT_PER_PERCENT));
      weighted.push({ zone, record });
    }
  }
  const variants = found.size;
  const isGone = zones.length > 0 && zones.every(({ records }) => records.length === 0);
  if (variants === 0 && !isGone) return [];
  const merged = new Map([...found.values()].flatMap((each) => [...each]));
  const agree = [...found.values()].every((each) => [...each].every(([id, weight]) => merged.get(id) === weight));
  if (agree) return [{ variant: null, variants, weights: merged, records: weighted }];
  return [...found].map(([variant, each]) => ({ variant, variants, weights: each, records: weighted }));
}
