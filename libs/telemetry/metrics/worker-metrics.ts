import { COMMAND_SECONDS, JOB_SECONDS, ProcessMetrics, REQUEST_SECONDS } from './process-metrics.js';

/** The metrics of a worker process. */
export class WorkerMetrics extends ProcessMetrics {
  /** What is read at each scrape; set when the modules exist. */
  sources: {
    readonly runningJobs: () => number;
    readonly isHealthy: () => boolean;
    readonly resting: () => { readonly definitions: number; readonly jobs: number };
  } = { runningJobs: () => 0, isHealthy: () => false, resting: () => ({ definitions: 0, jobs: 0 }) };

  readonly jobQueued = this.histogram(
    'job_queued_seconds',
    'Time from the submission of a job to its start: it waits for a worker, and for jobs of the same stack',
    JOB_SECONDS,
    ['kind'],
  );
  readonly jobDuration = this.histogram(
    'job_duration_seconds',
    'Time from the submission of a job to its end, by kind and final status',
    JOB_SECONDS,
    ['kind', 'status'],
  );
  readonly stepDuration = this.histogram(
    'job_step_duration_seconds',
    'Duration of the steps of jobs, waits for CloudFormation among them',
    JOB_SECONDS,
    ['step', 'status'],
  );
  readonly jobFailures = this.counter('job_failures_total', 'Failed jobs by kind and error code', ['kind', 'code']);
  readonly jobWaits = this.counter('job_waits_total', 'How often jobs had to wait, by reason', ['reason']);
  readonly jobDeferrals = this.counter(
    'job_deferrals_total',
    'How often a step was deferred because AWS throttles, is unavailable or the stack is busy, by error code',
    ['code'],
  );
  readonly jobTakeovers = this.counter(
    'job_takeovers_total',
    'Jobs taken over from a worker that stopped responding, by kind',
    ['kind'],
  );
  readonly senzaCommands = this.counter(
    'senza_commands_total',
    'Senza commands by name; outcome is succeeded or an error code; start is warm, cold or executable',
    ['command', 'outcome', 'start'],
  );
  readonly senzaDuration = this.histogram(
    'senza_command_duration_seconds',
    'Duration of Senza commands; start is warm (a fork of the template), cold (without it) or executable',
    COMMAND_SECONDS,
    ['command', 'start'],
  );
  readonly awsRequests = this.histogram(
    'aws_request_duration_seconds',
    'Requests to AWS, each retry by itself; source is agent, or senza for those of Senza commands',
    REQUEST_SECONDS,
    ['source', 'service', 'operation', 'outcome'],
  );
  readonly cacheRequests = this.counter(
    'cache_requests_total',
    'Reads of stack listings; result is hit, load (read from AWS) or shared (waited for the load of another caller)',
    ['cache', 'result'],
  );

  constructor(version: string, concurrency: number) {
    super('worker', version);
    this.gauge('worker_concurrency', 'Jobs that this worker processes at the same time (WORKER_CONCURRENCY)').set(
      concurrency,
    );
    this.observedGauge('worker_running_jobs', 'Jobs that this worker processes now; waiting jobs do not count', () =>
      this.sources.runningJobs(),
    );
    this.observedGauge('worker_healthy', 'Whether this worker takes jobs: 1 or 0', () =>
      this.sources.isHealthy() ? 1 : 0,
    );
    this.restingUsers(() => this.sources.resting());
  }
}
