import { AwsClient } from './aws-client.js';
import { type OnRequest, type RateLimiter } from './request-budget.js';
import { type AutoScalingGroup } from './auto-scaling.js';
import { type ImageChannel } from './images.js';
import {
  type FailedOperation,
  firstFailure,
  newStackEvents,
  type StackEvent,
  type StackFailure,
} from './stack-events.js';
import { failedResources, type FailedResource } from './failed-resources.js';
import { listStacks, stackByName, type Stack, type StackResource, type StackSummary } from './stacks.js';
import { type DeniedUpdates, deniedUpdates, protectedResource } from './stack-policy.js';
import { hasNoEchoParameter, stackTemplate, type StackTemplate } from './stack-templates.js';
import { HostedZones } from './hosted-zones.js';
import { StackDomains } from './stack-domains.js';
import { domainsOf, domainsWithTraffic, weights, type DomainWeights } from './traffic-weights.js';

/** Reads from AWS, and never changes anything. Every method throws `AwsError`, or the signal's reason when it is aborted. */
export class AwsReader {
  private readonly access: AwsClient;
  private readonly zones: HostedZones;
  private readonly stackDomains: StackDomains;

  /**
   * @param budget of requests, shared by all workers
   * @param onRequest is called after each request
   */
  constructor(budget: RateLimiter, onRequest?: OnRequest) {
    this.access = new AwsClient(budget, onRequest);
    this.zones = new HostedZones(this.access);
    this.stackDomains = new StackDomains(this.access);
  }

  /** All stacks of the region but the deleted ones, as ListStacks returns them. */
  async listStacks(region: string, signal?: AbortSignal): Promise<StackSummary[]> {
    return await listStacks(this.access, region, signal);
  }

  /** One stack by name or ARN; null only when CloudFormation says that it does not exist. By ARN a deleted stack is found as well. */
  async stackByName(region: string, nameOrId: string, signal?: AbortSignal): Promise<Stack | null> {
    return await stackByName(this.access, region, nameOrId, signal);
  }

  /** The first resource that really failed in the last operation of that kind; null when none did. */
  async firstFailure(
    region: string,
    stackId: string,
    operation: FailedOperation = 'change',
    signal?: AbortSignal,
  ): Promise<StackFailure | null> {
    return await firstFailure(this.access, region, stackId, { of: operation, signal });
  }

  /** The resources that made the last deletion or rollback of a stack fail. */
  async failedResources(region: string, stackId: string, signal?: AbortSignal): Promise<FailedResource[]> {
    return await failedResources(this.access, region, stackId, { signal });
  }

  /** The events of a stack after a known one, or since the start of its last change; newest first. */
  async newStackEvents(
    region: string,
    stackId: string,
    after: string | null,
    signal?: AbortSignal,
  ): Promise<StackEvent[]> {
    return await newStackEvents(this.access, region, stackId, { after, signal });
  }

  /** Would an update that Senza makes overwrite a NoEcho parameter with asterisks? */
  async hasNoEchoParameter(region: string, stackNameOrId: string, signal?: AbortSignal): Promise<boolean> {
    return await hasNoEchoParameter(this.access, region, stackNameOrId, signal);
  }

  /**
   * The first resource whose modification the stack policy denies, of those that `isChanged` selects; null when there is
   * none, or when the policy cannot be read.
   */
  async protectedResource(
    region: string,
    stackNameOrId: string,
    isChanged: (resource: StackResource) => boolean,
    signal?: AbortSignal,
  ): Promise<StackResource | null> {
    return await protectedResource(this.access, region, stackNameOrId, isChanged, signal);
  }

  /** The updates that the stack policy denies; none when it cannot be read. */
  async deniedUpdates(region: string, stackNameOrId: string, signal?: AbortSignal): Promise<DeniedUpdates> {
    return await deniedUpdates(this.access, region, stackNameOrId, signal);
  }

  /** What Lizzy reads in the stack's template; null when it is not JSON, which Senza writes. */
  async template(region: string, stackId: string, signal?: AbortSignal): Promise<StackTemplate | null> {
    return await stackTemplate(this.access, region, stackId, signal);
  }

  /**
   * The weights of the domains that these stacks own records of, and of further `domains`; empty when there are none, or
   * when the stacks do not exist.
   */
  async weights(
    region: string,
    stacks: readonly string[],
    signal?: AbortSignal,
    domains: readonly string[] = [],
  ): Promise<DomainWeights[]> {
    return await weights(this.access, this.zones, { region, stacks, domains, signal });
  }

  /** The domains of which a stack has traffic by any of its records, whatever their set identifiers. */
  async domainsWithTraffic(region: string, stack: string, signal?: AbortSignal): Promise<ReadonlySet<string>> {
    return await domainsWithTraffic(this.access, this.zones, { region, stack, signal });
  }

  /**
   * The weights as `weights` reads them, of stacks that were just listed: their resources are read again only when a stack
   * was updated. For readers; a change needs `weights`, because a listing can be seconds old.
   */
  async weightsOfListed(
    region: string,
    stacks: readonly StackSummary[],
    signal?: AbortSignal,
  ): Promise<DomainWeights[]> {
    const listed = new Map(stacks.map((stack) => [stack.name, stack]));
    return await weights(this.access, this.zones, {
      region,
      stacks: [...listed.keys()],
      signal,
      readDomains: async (name) => {
        const stack = listed.get(name);
        return stack === undefined ? new Set() : await this.stackDomains.of(region, stack, signal);
      },
    });
  }

  /** The domains of a stack's records that are not of one version, whether they have a weight or not; one call. */
  async domainsOf(region: string, stackNameOrId: string, signal?: AbortSignal): Promise<ReadonlySet<string>> {
    return await domainsOf(this.access, region, stackNameOrId, signal);
  }

  /** The auto scaling groups of one stack; empty when it has none, or does not exist. */
  async autoScalingGroups(region: string, stackNameOrId: string, signal?: AbortSignal): Promise<AutoScalingGroup[]> {
    // With these come EC2's commands and their memory: see clients.ts.
    const { autoScalingGroups } = await import('./auto-scaling.js');
    return await autoScalingGroups(this.access, region, stackNameOrId, signal);
  }

  /** The image that Senza takes for the channel; null when there is none. */
  async latestImage(region: string, channel: ImageChannel, signal?: AbortSignal): Promise<string | null> {
    const { latestImage } = await import('./images.js');
    return await latestImage(this.access, region, channel, signal);
  }

  /** Closes the connections to AWS. */
  close(): void {
    this.access.close();
  }
}
