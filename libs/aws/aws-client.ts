import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { type EC2Client } from '@aws-sdk/client-ec2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { type AwsErrorCode, awsErrorCode, readAwsError } from './errors.js';

/** AWS counts the calls of an account per region, Route 53's for the whole account. */
export type RateLimitScope = string;

/** Calls of Route 53 use this scope instead of a region. */
export const ROUTE53_SCOPE: RateLimitScope = 'route53';

/** Services whose calls the agent limits, by the region. */
const REGIONAL_SERVICES: readonly string[] = ['Auto Scaling', 'CloudFormation', 'EC2'];

/** The scope in which a service counts calls; null for services that the agent does not call. */
export function rateLimitScope(service: string, region: string): RateLimitScope | null {
  if (service === 'Route 53') return ROUTE53_SCOPE;
  return REGIONAL_SERVICES.includes(service) ? region : null;
}

/** One budget of calls for all workers; libs/redis' `TokenBucket` is one. */
export interface RateLimiter {
  /**
   * Waits until `calls` may be made.
   *
   * @throws the signal's reason when it is aborted meanwhile
   */
  acquire(scope: RateLimitScope, calls: number, signal?: AbortSignal): Promise<void>;

  /** AWS has throttled a call. */
  slowDown(scope: RateLimitScope): Promise<unknown>;
}

/** A budget that never makes anybody wait, for a process that is alone. */
export const UNLIMITED: RateLimiter = {
  acquire: (_scope, _calls, signal) => {
    signal?.throwIfAborted();
    return Promise.resolve();
  },
  slowDown: () => Promise.resolve(),
};

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

/** One request to AWS; each retry of the SDK is a request of its own. */
export interface AwsRequest {
  readonly scope: RateLimitScope;
  /** `CloudFormation`, `Route 53`... */
  readonly service: string;
  /** `DescribeStacks`... */
  readonly operation: string;
  readonly outcome: 'succeeded' | AwsErrorCode;
  readonly milliseconds: number;
}

/** Called when a request has been answered or has failed. */
export type OnRequest = (request: AwsRequest) => void;

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_ATTEMPTS = 4;
const MAX_SOCKETS = 16;

/** Makes the clients of one region. They keep connections alive; `destroy` ends them. */
function regionClients(region: string, budget: RateLimiter, onRequest: OnRequest): RegionClients {
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
  // With a low priority it comes after the SDK's retries (priority high, same step), so that it sees every attempt.
  const everyAttempt = { name: 'countRequest', step: 'finalizeRequest', priority: 'low' } as const;
  const of = (service: string, scope = region) => countRequest({ service, scope }, budget, onRequest);
  const autoScaling = new AutoScalingClient(config);
  const cloudFormation = new CloudFormationClient(config);
  const route53 = new Route53Client(config);
  autoScaling.middlewareStack.add(of('Auto Scaling'), everyAttempt);
  cloudFormation.middlewareStack.add(of('CloudFormation'), everyAttempt);
  route53.middlewareStack.add(of('Route 53', ROUTE53_SCOPE), everyAttempt);
  let ec2: Promise<EC2Client> | undefined;
  const loadEc2 = async (): Promise<EC2Client> => {
    const { EC2Client } = await import('@aws-sdk/client-ec2');
    const client = new EC2Client(config);
    client.middlewareStack.add(of('EC2'), everyAttempt);
    return client;
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

/** Reports every attempt of a call. The first one is in the budget already ({@link AwsClient.call}), retries are taken from it here. */
function countRequest(of: Pick<AwsRequest, 'service' | 'scope'>, budget: RateLimiter, onRequest: OnRequest) {
  return <Args, Answer>(
    next: (args: Args) => Promise<Answer>,
    { commandName = 'unknown' }: { commandName?: string },
  ) => {
    let attempts = 0;
    return async (args: Args): Promise<Answer> => {
      attempts += 1;
      // A budget that cannot be asked must not turn AWS's answer into an error of the store.
      if (attempts > 1) await budget.acquire(of.scope, 1).catch(() => undefined);
      const startedAt = performance.now();
      const report = (outcome: AwsRequest['outcome']): void => {
        const operation = commandName.replace(/Command$/, '');
        onRequest({ ...of, operation, outcome, milliseconds: performance.now() - startedAt });
      };
      try {
        const answer = await next(args);
        report('succeeded');
        return answer;
      } catch (error) {
        report(awsErrorCode(error));
        throw error;
      }
    };
  };
}

/** One call of AWS. */
export interface Operation {
  /** For messages: "listing the stacks". */
  readonly operation: string;
  readonly scope: RateLimitScope;
  readonly signal?: AbortSignal | undefined;
}

/** What `send` of a client takes beside the command. */
export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/** The way to AWS: clients per region, one budget, one kind of error. */
export class AwsClient {
  private readonly regions = new Map<string, RegionClients>();

  constructor(
    private readonly budget: RateLimiter,
    private readonly onRequest: OnRequest = () => undefined,
  ) {}

  /** The clients of a region; the same ones each time. */
  clients(region: string): RegionClients {
    const known = this.regions.get(region);
    if (known !== undefined) return known;
    const clients = regionClients(region, this.budget, (request) => {
      this.onRequest(request);
      // A penalty that cannot be recorded must not turn AWS's answer into an error of the store.
      if (request.outcome === 'throttled') this.budget.slowDown(request.scope).catch(() => undefined);
    });
    this.regions.set(region, clients);
    return clients;
  }

  /**
   * Makes one call when the budget allows it.
   *
   * @throws AwsError, or the signal's reason
   */
  async call<T>({ operation, scope, signal }: Operation, send: (options: SendOptions) => Promise<T>): Promise<T> {
    await this.budget.acquire(scope, 1, signal);
    try {
      return await send(signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw readAwsError(operation, error);
    }
  }

  /** Closes all connections. */
  close(): void {
    for (const clients of this.regions.values()) clients.destroy();
    this.regions.clear();
  }
}
