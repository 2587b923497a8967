import { type AwsAccess } from './access.js';
import { hostedZones, recordsOf } from './hosted-zones.js';
import { stackResources } from './stack-looks.js';

/** The weighted records of one domain. */
export interface DomainWeights {
  /** Without the last dot. */
  readonly domain: string;
  /** Which of the stacks asked for own a record of this domain. */
  readonly owners: readonly string[];
  /**
   * Percentage by identifier, which is the name of a stack with its version. It is Senza's percentage: Route 53's
   * weight halved (senza/traffic.py, `PERCENT_RESOLUTION`), so that a domain's sum is usually, but not always, 100.
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
 */
export async function weights(
  access: AwsAccess,
  region: string,
  stacks: readonly string[],
  signal?: AbortSignal,
): Promise<DomainWeights[]> {
  const owners = new Map<string, string[]>();
  for (const stack of stacks) {
    for (const domain of await domainsOf(access, region, stack, signal))
      owners.set(domain, [...(owners.get(domain) ?? []), stack]);
  }
  if (owners.size === 0) return [];
  const zones = await hostedZones(access, region, signal);
  return await Promise.all(
    [...owners].map(async ([domain, stacksOfDomain]) => {
      // A name can be in a public and a private zone, and in a zone of its own: Senza takes all of them.
      const fitting = zones.filter((zone) => `.${domain}.`.toLowerCase().endsWith(`.${zone.name.toLowerCase()}`));
      const records = await Promise.all(
        fitting.map((zone) => recordsOf(access, zone, recordName(domain), { region, signal })),
      );
      return { domain, owners: stacksOfDomain, weights: percentages(records.flat()) };
    }),
  );
}

async function domainsOf(access: AwsAccess, region: string, stack: string, signal?: AbortSignal): Promise<Set<string>> {
  const resources = await stackResources(access, region, stack, signal);
  const records = resources.filter(
    ({ type, logicalId }) => type === RECORD_SET && !logicalId.toLowerCase().includes('version'),
  );
  return new Set(
    records.flatMap(({ physicalId }) =>
      physicalId === null || physicalId === '' ? [] : [physicalId.replace(/\.$/, '')],
    ),
  );
}

function percentages(
  records: readonly { Type: string; SetIdentifier?: string | undefined; Weight?: number | undefined }[],
): Map<string, number> {
  const found = new Map<string, number>();
  for (const { Type, SetIdentifier, Weight } of records) {
    if (SetIdentifier !== undefined && ADDRESS_TYPES.includes(Type))
      found.set(SetIdentifier, (Weight ?? 0) / WEIGHT_PER_PERCENT);
  }
  return found;
}

/** Route 53 writes a wildcard as an octal escape ("DNS domain name format" in its developer guide). */
function recordName(domain: string): string {
  return `${domain.replaceAll('*', '\\052')}.`;
}
