import { LRUCache } from 'lru-cache';
import { type AwsClient } from './aws-client.js';
import { type StackSummary } from './stacks.js';
import { domainsOf } from './traffic-weights.js';

/** How many stacks are remembered. */
const MAX_STACKS = 5_000;

/**
 * The domains of listed stacks, kept until the stack is updated: a stack's resources do not change otherwise. An update gives
 * it another time, and another stack of the same name has another ID.
 */
export class StackDomains {
  private readonly kept = new LRUCache<string, ReadonlySet<string>>({ max: MAX_STACKS });

  constructor(private readonly access: AwsClient) {}

  /** The domains of the stack's records that are not of one version, whether they have a weight or not. */
  async of(region: string, stack: StackSummary, signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const key = `${stack.id} ${stack.updatedAt?.getTime() ?? 'created'}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const domains = await domainsOf(this.access, region, stack.name, signal);
    if (stack.status.endsWith('_COMPLETE')) this.kept.set(key, domains);
    return domains;
  }
}
