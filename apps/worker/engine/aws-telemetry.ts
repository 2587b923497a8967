import { type AwsRequest, rateLimitScope, type RateLimitScope } from '#aws';
import { type EndedSpan, type WorkerMetrics } from '#telemetry';

type Observed = Pick<AwsRequest, 'service' | 'operation' | 'outcome' | 'milliseconds'>;

/** Counts a request to AWS, which the agent itself or a Senza command has made. */
export function observeAwsRequest(
  metrics: WorkerMetrics,
  source: 'agent' | 'senza',
  { service, operation, outcome, milliseconds }: Observed,
): void {
  metrics.awsRequests.observe({ source, service, operation, outcome }, milliseconds / 1000);
}

/** The span of a request to AWS. @param request its start is in ms since the epoch */
export function awsRequestSpan(request: Observed & { readonly startedAt: number }): EndedSpan {
  const { service, operation, outcome, startedAt, milliseconds } = request;
  return {
    name: `${service}.${operation}`,
    kind: 'CLIENT',
    startedAt,
    endedAt: startedAt + milliseconds,
    failed: outcome !== 'succeeded',
    attributes: {
      'rpc.system': 'aws-api',
      'rpc.service': service,
      'rpc.method': operation,
      'lizzy.outcome': outcome,
    },
  };
}

/** Where AWS has throttled requests of a Senza command in this region: calls of the agent itself count there, too. */
export function throttledScopes(
  requests: readonly Pick<Observed, 'service' | 'outcome'>[],
  region: string,
): Set<RateLimitScope> {
  const throttled = requests.filter(({ outcome }) => outcome === 'throttled');
  return new Set(throttled.map(({ service }) => rateLimitScope(service, region)).filter((scope) => scope !== null));
}
