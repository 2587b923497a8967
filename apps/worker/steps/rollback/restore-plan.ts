import { type DomainWeights, recordDomain, type StackSummary } from '#aws';
import { type DomainShares, type RollbackPayload, type UnownedRecord } from '#jobs';
import { type StepContext } from '../../engine/step-context.js';
import { isBeingUpdated, isUpdatable } from '../stack-phase.js';
import { policyDenial } from '../stack-policy.js';
import { type StackVersion } from '../stack-versions.js';
import { stacksNamed } from '../traffic/checks.js';
import { readWeights } from '../weights.js';

/** A weight that differs from the one to restore, in percent. */
interface WeightChange {
  readonly domain: string;
  readonly identifier: string;
  readonly weight_before: number;
  readonly weight_after: number;
}

/** What has to change so that all domains have the weights to restore. */
export interface RestorePlan {
  /** The current weights of the domains. */
  readonly current: readonly DomainWeights[];
  readonly changes: readonly (WeightChange & { readonly stack: string | null })[];
  /** The stacks that are updated. */
  readonly stacks: readonly StackSummary[];
  /** Changes of versions whose stack and record no longer exist. */
  readonly missing: readonly WeightChange[];
}

/** Compares the current weights with those to restore. */
export async function planRestore(
  context: StepContext<Pick<RollbackPayload, 'records'>>,
  versions: readonly StackVersion[],
  target: readonly DomainShares[],
): Promise<RestorePlan> {
  const domains = [...new Set(target.map(({ domain }) => domain))];
  const all = await readWeights(context, versions, domains);
  const current = all.filter(({ domain }) => domains.includes(domain));
  const changes = target.flatMap((wanted) => changesTo(wanted, current));
  const stacks = await stacksNamed(context, new Set(changes.map(({ identifier }) => identifier)));
  const hasRecord = ({ domain, identifier }: WeightChange): boolean =>
    current.some(
      (each) => each.domain === domain && (each.weights.has(identifier) || each.owners.includes(identifier)),
    ) || context.payload.records.some((each) => isRecordOf(each, domain, identifier));
  return {
    current,
    changes: changes.map((change) => ({
      ...change,
      stack: stacks.some(({ name }) => name === change.identifier) ? change.identifier : null,
    })),
    stacks,
    missing: changes.filter((change) => !hasRecord(change)),
  };
}

function changesTo({ domain, variant, weights }: DomainShares, current: readonly DomainWeights[]): WeightChange[] {
  const ofDomain = current.filter((each) => each.domain === domain);
  // Records that agree now, or did before, are compared as a whole.
  const exact = ofDomain.filter((each) => variant !== null && each.variant === variant);
  const compared = exact.length > 0 ? exact : ofDomain;
  const identifiers = new Set([...Object.keys(weights), ...compared.flatMap((each) => [...each.weights.keys()])]);
  return [...identifiers].flatMap((identifier) => {
    const after = weights[identifier] ?? 0;
    const before = compared.map((each) => each.weights.get(identifier) ?? 0).find((share) => share !== after);
    const isGone = compared.length === 0 && after > 0;
    if (before === undefined && !isGone) return [];
    return [{ domain, identifier, weight_before: before ?? 0, weight_after: after }];
  });
}

function isRecordOf({ record }: UnownedRecord, domain: string, identifier: string): boolean {
  const { Name: name, SetIdentifier: own } = record;
  return own === identifier && typeof name === 'string' && recordDomain(name) === domain;
}

/** Why the plan cannot be executed, as sentences; empty when it can. A stack in a transitional status is no obstacle. */
export async function obstaclesOf(context: StepContext<unknown>, plan: RestorePlan): Promise<string[]> {
  const { changes, stacks, missing } = plan;
  const gone = [...new Set(missing.map(({ identifier }) => identifier))].map((id) =>
    stacks.some(({ name }) => name === id)
      ? `${id} has no record of ${missing.find(({ identifier }) => identifier === id)?.domain ?? 'the domain'}`
      : `${id} no longer exists`,
  );
  const gains = new Set(changes.filter((each) => each.weight_after > 0).map(({ identifier }) => identifier));
  const stuck = stacks.flatMap(({ name, status }) => {
    const ends = isBeingUpdated(status) || (status === 'DELETE_IN_PROGRESS' && !gains.has(name));
    return isUpdatable(status) || ends ? [] : [`${name} is ${status} and cannot be updated`];
  });
  if (gone.length + stuck.length > 0) return [...gone, ...stuck];
  const denials = await Promise.all(
    stacks.map(({ name }) => {
      const domains = changes.filter(({ identifier }) => identifier === name).map(({ domain }) => domain);
      return policyDenial(context, name, domains);
    }),
  );
  return denials.filter((denial) => denial !== null);
}
