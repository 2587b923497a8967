import { AwsReader, type DomainWeights, type Stack, type StackStatus, type StackSummary, UNLIMITED } from '#aws';
import { type StackVersion } from './stack-versions.js';

const DAY_MS = 24 * 3600 * 1000;

/** A version of the application `app`. @param day of its creation, since 1970 */
export function stack(version: string, day: number, status: StackStatus = 'CREATE_COMPLETE'): StackVersion {
  const name = `app-${version}`;
  return {
    id: `arn:${name}`,
    name,
    version,
    status,
    statusReason: null,
    createdAt: new Date(day * DAY_MS),
    updatedAt: null,
    description: null,
  };
}

/** A fake of AWS with versions of one domain; each is deleted as soon as the step has checked it. Counts its calls. */
export class FakeStacks extends AwsReader {
  /** How many times the resources of a stack were listed. */
  resourcesListed = 0;
  /** How many times the records of a domain were read. */
  recordsRead = 0;
  readonly deleted: string[] = [];
  /** Stacks that remain. */
  readonly undeletable: string[] = [];
  onCheck: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly versions: number) {
    super(UNLIMITED);
  }

  override listStacks(): Promise<StackSummary[]> {
    const all = Array.from({ length: this.versions }, (_, index) => stack(String(index + 1), index + 1));
    return Promise.resolve(all.filter(({ name }) => !this.deleted.includes(name)));
  }

  override async stackByName(_region: string, name: string): Promise<Stack> {
    if (!this.undeletable.includes(name)) this.deleted.push(name);
    await this.onCheck();
    return { ...stack('any', 1), name, tags: {}, parameters: [], terminationProtection: false };
  }

  override domainsWithTraffic(): Promise<ReadonlySet<string>> {
    this.resourcesListed += 1;
    return Promise.resolve(new Set());
  }

  override weights(
    _region: string,
    stacks: readonly string[],
    _signal?: AbortSignal,
    domains: readonly string[] = [],
  ): Promise<DomainWeights[]> {
    this.resourcesListed += stacks.length;
    this.recordsRead += 1;
    if (stacks.length === 0 && domains.length === 0) return Promise.resolve([]);
    const weights = new Map([[`app-${this.versions}`, 100]]);
    return Promise.resolve([
      { domain: 'app.example.org', variant: null, variants: 1, owners: stacks, weights, records: [] },
    ]);
  }
}
