import { setMaxListeners } from 'node:events';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { type EC2Client } from '@aws-sdk/client-ec2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { AwsError, readAwsError } from './errors.js';
import { BudgetError, type OnRequest, type RateLimiter, RequestBudget, ROUTE53_SCOPE } from './request-budget.js';

/** The SDK's clients of one region. Endpoint (`AWS_ENDPOINT_URL`) and credentials are found by the SDK itself. */
export interface RegionClients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudFormation: CloudFormationClient;
  /** Loaded when first needed, like its commands: EC2's client alone takes 40 MB of memory, and most jobs never need it. */
  readonly ec2: () => Promise<EC2Client>;
  /** Closes all connections. */
  readonly destroy: () => void;
  readonly route53: Route53Client;
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_ATTEMPTS = 4;
const MAX_SOCKETS = 16;
/** A response with more pages is an error: a token that leads to itself, for example. ListStacks has 100 stacks a page. */
const MAX_PAGES = 1_000;

/** Makes the clients of one region. They keep connections alive; `destroy` ends them. */
function regionClients(region: string, budget: RequestBudget): RegionClients {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const config = {
    region,
    retryMode: 'adaptive',
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
  const autoScaling = budget.limit(new AutoScalingClient(config), { service: 'Auto Scaling', scope: region });
  const cloudFormation = budget.limit(new CloudFormationClient(config), { service: 'CloudFormation', scope: region });
  const route53 = budget.limit(new Route53Client(config), { service: 'Route 53', scope: ROUTE53_SCOPE });
  let ec2: Promise<EC2Client> | undefined;
  const loadEc2 = async (): Promise<EC2Client> => {
    const { EC2Client } = await import('@aws-sdk/client-ec2');
    return budget.limit(new EC2Client(config), { service: 'EC2', scope: region });
  };
  return {
    autoScaling,
    cloudFormation,
    route53,
    ec2: () => (ec2 ??= loadEc2()),
    destroy: () => {
      for (const client of [autoScaling, cloudFormation, route53]) client.destroy();
      void ec2?.then((client) => {
        client.destroy();
      });
    },
  };
}

/** One call of AWS. */
export interface Operation {
  /** For messages: "listing the stacks". */
  readonly operation: string;
  readonly signal?: AbortSignal | undefined;
}

/** The arguments of `send` of a client, and of a paginator, after the command's. */
export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** The pages of a response. */
export interface Pages<Page, T> {
  /** One of the SDK's paginators. */
  readonly paginate: (options: SendOptions) => AsyncIterable<Page>;
  readonly itemsOf: (page: Page) => readonly T[];
  /** Ends before the last page when it returns true. */
  readonly isEnough?: (items: readonly T[], pages: number) => boolean;
}

/** The way to AWS: clients per region, one budget, one kind of error. */
export class AwsClient {
  private readonly regions = new Map<string, RegionClients>();
  private readonly budget: RequestBudget;

  constructor(limiter: RateLimiter, onRequest: OnRequest = () => undefined) {
    this.budget = new RequestBudget(limiter, onRequest);
  }

  /** The clients of a region; the same ones each time. */
  clients(region: string): RegionClients {
    const known = this.regions.get(region);
    if (known !== undefined) return known;
    const clients = regionClients(region, this.budget);
    this.regions.set(region, clients);
    return clients;
  }

  /**
   * Sends one command; each of its requests waits for the budget.
   *
   * @throws AwsError, the signal's reason, or an error of the budget's store
   */
  async call<T>({ operation, signal }: Operation, send: (options: SendOptions) => Promise<T>): Promise<T> {
    // Hundreds of requests of one job are sent side by side, and each listens to its signal: that is no leak.
    if (signal !== undefined) setMaxListeners(0, signal);
    try {
      return await this.budget.run(signal, () => send(signal === undefined ? {} : { abortSignal: signal }));
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof BudgetError) throw error.reason;
      throw readAwsError(operation, error);
    }
  }

  /**
   * Reads the pages of a response one after the other, until the last one, or until `isEnough` returns true.
   *
   * @throws like `call`; AwsError `unknown` after `MAX_PAGES` pages
   */
  async pages<Page, T>(
    { operation, signal }: Operation,
    { paginate, itemsOf, isEnough = () => false }: Pages<Page, T>,
  ): Promise<T[]> {
    return await this.call({ operation, signal }, async (options) => {
      const items: T[] = [];
      let pages = 0;
      for await (const page of paginate(options)) {
        items.push(...itemsOf(page));
        pages += 1;
        if (isEnough(items, pages)) break;
        if (pages === MAX_PAGES)
          throw new AwsError('unknown', `${operation}: the response of AWS has over ${MAX_PAGES} pages`);
      }
      return items;
    });
  }

  /** Closes all connections. */
  close(): void {
    for (const clients of this.regions.values()) clients.destroy();
    this.regions.clear();
  }
}
