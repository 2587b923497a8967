import { paginateListHostedZones } from '@aws-sdk/client-route-53';
import { z } from 'zod';
import { type AwsClient } from './aws-client.js';
import { parseResponse } from './parse-response.js';

const hostedZone = z.object({ Id: z.string(), Name: z.string(), ResourceRecordSetCount: z.number().optional() });

/** A hosted zone of Route 53. */
export interface HostedZone {
  readonly id: string;
  /** With the last dot. */
  readonly name: string;
  /** How many record sets it had when it was listed; null when Route 53 did not say so. */
  readonly recordCount: number | null;
}

/** How long the hosted zones are kept, in milliseconds. They change rarely, and Route 53 allows five calls per second. */
const KEPT_MS = 60_000;

/** The hosted zones of the account, kept for a minute. */
export class HostedZones {
  private kept: { readonly zones: readonly HostedZone[]; readonly readAt: number } | null = null;

  constructor(private readonly access: AwsClient) {}

  /**
   * The zones, among which are all that can hold records of these domains: a name can be in a public and a private zone,
   * and in a zone of its own. They are listed again when a domain is in none of those that are kept.
   * @param domains without their last dots
   */
  async covering(domains: readonly string[], region: string, signal?: AbortSignal): Promise<readonly HostedZone[]> {
    const { kept } = this;
    const isFresh = kept !== null && performance.now() - kept.readAt < KEPT_MS;
    if (isFresh && domains.every((domain) => kept.zones.some((zone) => covers(zone, domain)))) return kept.zones;
    const readAt = performance.now();
    const zones = await this.list(region, signal);
    this.kept = { zones, readAt };
    return zones;
  }

  /** @param time of `performance.now()` */
  wereListedBefore(time: number): boolean {
    return this.kept !== null && this.kept.readAt < time;
  }

  /** Clears the cached zones: one of them no longer exists, or there are new ones. */
  forget(): void {
    this.kept = null;
  }

  private async list(region: string, signal?: AbortSignal): Promise<HostedZone[]> {
    const operation = 'listing the hosted zones';
    const client = this.access.clients(region).route53;
    const zones = await this.access.pages(
      { operation, signal },
      {
        paginate: (options) => paginateListHostedZones({ client }, {}, options),
        itemsOf: (page) => parseResponse(operation, z.array(hostedZone), page.HostedZones ?? []),
      },
    );
    return zones.map(({ Id, Name, ResourceRecordSetCount: recordCount = null }) => ({
      id: Id,
      name: Name,
      recordCount,
    }));
  }
}

/** Whether the zone can hold records of the domain. */
export function covers(zone: HostedZone, domain: string): boolean {
  return `.${domain}.`.endsWith(`.${zone.name.toLowerCase()}`);
}
