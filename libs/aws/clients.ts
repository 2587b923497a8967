import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { ROUTE53_SCOPE, type BudgetScope } from './budget.js';
import { awsErrorCode } from './read-error.js';

/** The SDK's clients of one region. Endpoint (`AWS_ENDPOINT_URL`) and credentials are found by the SDK itself. */
export interface RegionClients {
  readonly autoScaling: AutoScalingClient;
  readonly cloudFormation: CloudFormationClient;
  /** Loaded when first needed: EC2's client alone takes 60 MB of memory, and most jobs never need it. */
  readonly ec2: () => Promise<EC2Client>;
  /** Closes all connections. */
  readonly destroy: () => void;
  readonly route53: Route53Client;
}

/** Told of each answer that asks to slow down, also of those that the SDK then tries again. */
export type OnThrottled = (scope: BudgetScope) => void;

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_ATTEMPTS = 4;
const MAX_SOCKETS = 16;

/** Makes the clients of one region. They keep connections alive; `destroy` ends them. */
export function regionClients(region: string, onThrottled: OnThrottled): RegionClients {
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
  const everyAttempt = { name: 'reportThrottling', step: 'finalizeRequest', priority: 'low' } as const;
  const regional = reportThrottling(region, onThrottled);
  const autoScaling = new AutoScalingClient(config);
  const cloudFormation = new CloudFormationClient(config);
  const route53 = new Route53Client(config);
  autoScaling.middlewareStack.add(regional, everyAttempt);
  cloudFormation.middlewareStack.add(regional, everyAttempt);
  route53.middlewareStack.add(reportThrottling(ROUTE53_SCOPE, onThrottled), everyAttempt);
  let ec2: Promise<EC2Client> | undefined;
  const loadEc2 = async (): Promise<EC2Client> => {
    const { EC2Client } = await import('@aws-sdk/client-ec2');
    const client = new EC2Client(config);
    client.middlewareStack.add(regional, everyAttempt);
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

/** With a low priority it stands behind the SDK's retries (priority high, same step), so that it sees every attempt. */
function reportThrottling(scope: BudgetScope, onThrottled: OnThrottled) {
  return <Args, Answer>(next: (args: Args) => Promise<Answer>) =>
    async (args: Args): Promise<Answer> => {
      try {
        return await next(args);
      } catch (error) {
        if (awsErrorCode(error) === 'throttled') onThrottled(scope);
        throw error;
      }
    };
}
