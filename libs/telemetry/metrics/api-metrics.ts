import { Gauge } from 'prom-client';
import { ProcessMetrics, REQUEST_SECONDS } from './process-metrics.js';

/** The methods of the API's routes. Requests with others count as `other`: a client can choose them. */
const METHODS: readonly string[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
/** The label `route` of requests to unknown paths. */
const NO_ROUTE = 'none';

const CIRCUIT_STATES = ['closed', 'half_open', 'open'] as const;
type CircuitState = (typeof CIRCUIT_STATES)[number];

/** The metrics of an API process. */
export class ApiMetrics extends ProcessMetrics {
  /** What is read at each scrape; set when the modules exist. */
  sources: {
    readonly queuedRequests: () => number;
    readonly waitingRequests: () => number;
    readonly eventStreams: () => number;
    readonly resting: () => { readonly reads: number; readonly changes: number; readonly definitions: number };
    /** Of the circuit breaker around the token service. */
    readonly circuit: () => CircuitState;
  } = {
    queuedRequests: () => 0,
    waitingRequests: () => 0,
    eventStreams: () => 0,
    resting: () => ({ reads: 0, changes: 0, definitions: 0 }),
    circuit: () => 'closed',
  };

  private readonly httpRequests = this.histogram(
    'http_request_duration_seconds',
    'Responses by method ("other": one that no route has), pattern of the route ("none": unknown path) and status; waits and streams last as long as they do',
    REQUEST_SECONDS,
    ['method', 'route', 'status'],
  );
  readonly httpProblems = this.counter(
    'http_problems_total',
    'Problem documents by code; rate_limited, too_many_unfinished_jobs, too_many_waits and overloaded are limits',
    ['code'],
  );
  readonly connectionsClosed = this.counter(
    'http_connections_closed_total',
    'Connections that were closed because of a limit: connections, pipelining, small_chunks or unread_response',
    ['limit'],
  );
  readonly jobsSubmitted = this.counter('jobs_submitted_total', 'Jobs that were accepted, by kind', ['kind']);
  readonly stackQueries = this.histogram(
    'stack_query_duration_seconds',
    'Reads of stacks by a worker; outcome is answered, failed, timed_out, or shared with a concurrent equal read',
    REQUEST_SECONDS,
    ['query', 'outcome'],
  );
  readonly tokenCache = this.counter(
    'token_cache_requests_total',
    'Tokens of requests; result is hit, miss, or stale: accepted for reading though the token service is unavailable',
    ['result'],
  );
  readonly tokenService = this.histogram(
    'token_service_request_duration_seconds',
    'Requests to the token service; outcome is valid, invalid or unavailable',
    REQUEST_SECONDS,
    ['outcome'],
  );

  /** Counts a response. @param route the pattern of the route; undefined: there is no such path */
  responded(
    { method, route, status }: { readonly method: string; readonly route: string | undefined; readonly status: number },
    milliseconds: number,
  ): void {
    const labels = { method: METHODS.includes(method) ? method : 'other', route: route ?? NO_ROUTE, status };
    this.httpRequests.observe(labels, milliseconds / 1000);
  }

  constructor(version: string) {
    super('api', version);
    this.observedGauge(
      'http_queued_requests',
      'Requests that have arrived and wait for their turn, behind others of the same user or of unknown senders',
      () => this.sources.queuedRequests(),
    );
    this.observedGauge('http_waiting_requests', 'Requests that wait for a job or stream now', () =>
      this.sources.waitingRequests(),
    );
    this.observedGauge('http_event_streams', 'Streams of events, logs and exports that are open now', () =>
      this.sources.eventStreams(),
    );
    this.restingUsers(() => this.sources.resting());
    const circuit = (): CircuitState => this.sources.circuit();
    new Gauge({
      name: 'lizzy_token_service_circuit',
      help: 'State of the circuit breaker around the token service: 1 for the current state (closed, half_open or open), 0 for the others',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        for (const state of CIRCUIT_STATES) this.set({ state }, state === circuit() ? 1 : 0);
      },
    });
  }
}
