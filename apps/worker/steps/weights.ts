import { type DomainWeights } from '#aws';
import { z } from 'zod';
import { type StepContext } from '../engine/step-context.js';
import { splitStackName, type StackVersion } from './stack-versions.js';

/** Percentages of the traffic by identifier, `{"hello-v1": 30, "hello-v2": 70}`. */
const weightsSchema = z.record(z.string(), z.number());
export type Weights = z.infer<typeof weightsSchema>;

/**
 * Weights by weighted domain. Records of one domain that differ in weight count as several: `web.example.org` has the keys
 * `web.example.org A` and `web.example.org AAAA` then.
 */
export const domainWeightsSchema = z.record(z.string(), weightsSchema);
export type WeightsByDomain = z.infer<typeof domainWeightsSchema>;

/** The weighted domains of the job's stack. */
export interface Traffic {
  readonly domains: WeightsByDomain;
  /** Whether Senza switches it correctly only with its repair: several domains, several records of one name, a CNAME record. */
  readonly needsRepair: boolean;
  /** Where older versions have weighted records that the job's stack has not. */
  readonly unmatched: readonly UnmatchedRecord[];
}

/** A record with weight of another version, of a kind that the job's stack does not have in that domain. */
interface UnmatchedRecord {
  readonly domain: string;
  /** `AAAA record`, or `A record in the hosted zone /hostedzone/Z1` where the stack has one in another zone. */
  readonly kind: string;
  /** The other version. */
  readonly stack: string;
}

/** Reads the weights of all domains of the application; `StepContext.lastWeights` has them until the next observation. */
export async function readWeights(
  context: StepContext<unknown>,
  versions: readonly StackVersion[],
  domains: readonly string[] = [],
): Promise<readonly DomainWeights[]> {
  const { services, stack, signal } = context;
  const names = versions.map(({ name }) => name);
  const found = await services.aws.weights(stack.region, names, signal, domains);
  context.lastWeights = found;
  return found;
}

/** What the weighted domains of the job's stack have now; null when it has none. */
export async function currentTraffic(
  context: StepContext<unknown>,
  versions: readonly StackVersion[],
): Promise<Traffic | null> {
  const { id, name } = context.stack;
  // The stacks that Senza includes (senza/traffic.py, `get_stack_versions`): those that failed to be created do not count.
  const failed = new Set(
    versions
      .filter(({ status }) => status === 'ROLLBACK_COMPLETE' || status === 'CREATE_FAILED')
      .map(({ name }) => name),
  );
  const own = (await readWeights(context, versions)).filter(({ owners }) => owners.includes(id) && !failed.has(id));
  if (own.length === 0) return null;
  const domains = Object.fromEntries(
    own.map(({ domain, variant, owners, weights }) => [
      keyOf({ domain, variant }),
      {
        ...Object.fromEntries(owners.filter((owner) => !failed.has(owner)).map((owner) => [owner, 0])),
        ...Object.fromEntries(weights),
      },
    ]),
  );
  const hasCname = own.some(({ records }) => records.some(({ record }) => record.Type === 'CNAME'));
  return {
    domains,
    needsRepair: own.length > 1 || own.some(({ variants }) => variants !== 1) || hasCname,
    unmatched: own.flatMap((each) => unmatchedRecords(each, { id, name })),
  };
}

/**
 * The records of other versions that a switch to this stack cannot take traffic from: clients that ask for AAAA records get
 * the only ones that there are, whatever their weight. Of a stack without any record of the domain nothing is known here: its
 * update makes them again. Versions are known by their names, too: AWS lists a new stack some seconds late.
 */
function unmatchedRecords(
  { domain, owners, records }: DomainWeights,
  stack: { readonly id: string; readonly name: string },
): UnmatchedRecord[] {
  const own = records.filter(({ record }) => record.SetIdentifier === stack.id);
  const isVersion = (other: string): boolean => owners.includes(other) || splitStackName(other)?.name === stack.name;
  if (own.length === 0) return [];
  return records.flatMap(({ zone, record: { Type: type, SetIdentifier: other = '', Weight: weight = 0 } }) => {
    const ofType = own.filter(({ record }) => record.Type === type);
    if (weight === 0 || !isVersion(other) || ofType.some((each) => each.zone === zone)) return [];
    const kind = ofType.length === 0 ? `${type} record` : `${type} record in the hosted zone ${zone}`;
    return [{ domain, kind, stack: other }];
  });
}

/** The key of `WeightsByDomain` for records of a domain. @param variant null when all records of the domain agree */
export function keyOf({ domain, variant }: { readonly domain: string; readonly variant: string | null }): string {
  return variant === null ? domain : `${domain} ${variant}`;
}

/** The domain, without the kind of its records, of a key of `WeightsByDomain`. */
export function domainOf(key: string): string {
  return key.split(' ')[0] ?? key;
}

/** The domain in which a stack's share is furthest from the requested one, and the domain's weights. */
export function leastFavourable(
  domains: WeightsByDomain,
  stack: string,
  requested: number,
): { readonly domain: string; readonly weights: Weights } {
  const missed = (weights: Weights): number => Math.abs((weights[stack] ?? 0) - requested);
  const [worst] = Object.entries(domains).toSorted(([, one], [, other]) => missed(other) - missed(one));
  return { domain: worst?.[0] ?? '', weights: worst?.[1] ?? {} };
}

/** The records that receive traffic of any of the domains, by identifier: usually the name of a stack. */
export function identifiersWithTraffic(domains: WeightsByDomain): ReadonlySet<string> {
  const entries = Object.values(domains).flatMap((weights) => Object.entries(weights));
  return new Set(entries.filter(([, weight]) => weight > 0).map(([identifier]) => identifier));
}

/** All percentages together. */
export function sumWeights(weights: Weights): number {
  return Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}

/** The shares as text; the domains only when there are several. */
export function formatWeights(domains: WeightsByDomain): string {
  const shares = (weights: Weights): string =>
    Object.entries(weights)
      .map(([identifier, weight]) => `${identifier} ${weight} %`)
      .join(', ');
  const entries = Object.entries(domains);
  if (entries.length === 1) return entries.map(([, weights]) => shares(weights)).join();
  return entries.map(([domain, weights]) => `${domain}: ${shares(weights)}`).join('; ');
}

/** How the shares of each domain change, `shop.example.org: shop-1 100 -> 0 %, shop-2 0 -> 100 %`; unchanged domains are left out. */
export function describeChanges(before: WeightsByDomain, after: WeightsByDomain): string[] {
  return Object.entries(after).flatMap(([domain, weights]) => {
    const old = before[domain] ?? before[domainOf(domain)] ?? {};
    const changes = Object.entries(weights)
      .filter(([identifier, weight]) => weight !== (old[identifier] ?? 0))
      .map(([identifier, weight]) => `${identifier} ${old[identifier] ?? 0} -> ${weight} %`);
    return changes.length === 0 ? [] : [`${domain}: ${changes.join(', ')}`];
  });
}

/** Which stacks receive traffic of any of the domains that these stacks have. */
export function stacksWithTraffic(domains: readonly DomainWeights[]): ReadonlySet<string> {
  return new Set(
    domains.flatMap(({ weights }) => [...weights].filter(([, weight]) => weight > 0).map(([stack]) => stack)),
  );
}

/** Whether two weights are the same; an identifier without a record has no weight. */
export function sameWeights(one: Weights, other: Weights): boolean {
  const identifiers = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...identifiers].every((identifier) => (one[identifier] ?? 0) === (other[identifier] ?? 0));
}

/** Whether all domains have the same weights. */
export function sameDomains(one: WeightsByDomain, other: WeightsByDomain): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => sameWeights(one[key] ?? {}, other[key] ?? {}));
}
