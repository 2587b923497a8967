import { type JobFailedError, type JobProgress, type JobSubmission, type StepRecord, type Wait } from '#jobs';
import { type ErrorReporter, type Logger, recordSpan, type WorkerMetrics } from '#telemetry';
import { describeWait } from './describe-wait.js';
import { breadcrumbsOf } from './job-breadcrumbs.js';

/** Logs, counts and reports what happens to one job: its start, its steps, its waits and its end, in one line each. */
export class JobTelemetry {
  private readonly logger: Logger;

  constructor(
    private readonly submission: JobSubmission,
    logger: Logger,
    private readonly metrics: WorkerMetrics,
    private readonly reporter: ErrorReporter,
  ) {
    const { id, kind, stack_name, stack_version, request_id } = submission;
    this.logger = logger.child({ job_id: id, request_id, kind, stack: `${stack_name}-${stack_version}` });
  }

  /** @param worker the worker that stopped responding, if known */
  takenOver({ attempt, worker }: { attempt: number; worker: string | null }): void {
    this.metrics.jobTakeovers.inc({ kind: this.submission.kind });
    this.logger.warn('Job taken over from a worker that stopped responding', { attempt, worker });
  }

  started(startedAt: string): void {
    const seconds = secondsBetween(this.submission.created_at, startedAt);
    this.metrics.jobQueued.observe({ kind: this.submission.kind }, seconds);
    this.span('job queued', this.submission.created_at, startedAt, { kind: 'CONSUMER' });
    this.logger.info('Job started', { queued_seconds: seconds });
  }

  stepStarted(step: string): void {
    this.logger.info('Step started', { step });
  }

  stepFinished({ name, status, started_at, finished_at, message }: StepRecord): void {
    const seconds = secondsBetween(started_at, finished_at);
    this.metrics.stepDuration.observe({ step: name, status }, seconds);
    this.span(`step ${name}`, started_at, finished_at, { failed: status === 'failed' });
    this.logger.info('Step finished', { step: name, status, seconds, detail: message ?? undefined });
  }

  /** The job waits for something else than before. */
  waiting(wait: Wait): void {
    this.metrics.jobWaits.inc({ reason: wait.reason });
    this.logger.info('Job is waiting', { reason: wait.reason, detail: describeWait(wait) });
  }

  /** A step is tried again later; its wait is logged by {@link waiting}. */
  deferred(code: string): void {
    this.metrics.jobDeferrals.inc({ code });
  }

  finished({ status, finished_at, error }: Pick<JobProgress, 'status' | 'finished_at' | 'error'>): void {
    const { kind, created_at } = this.submission;
    const seconds = secondsBetween(created_at, finished_at);
    this.metrics.jobsFinished.inc({ kind, status });
    this.metrics.jobDuration.observe({ kind, status }, seconds);
    if (error !== null) this.metrics.jobFailures.inc({ kind, code: error.code });
    this.span(`job ${kind}`, created_at, finished_at, { failed: status === 'failed' });
    this.logger.info('Job finished', { status, seconds, code: error?.code, detail: error?.detail });
  }

  /**
   * Reports the failure of the job. @param cause what was thrown: `failure` itself, or a bug of the agent
   */
  failed(cause: unknown, failure: JobFailedError, { steps }: Pick<JobProgress, 'steps'>): void {
    const { id, kind, region, request_id, stack_name, stack_version, requested_by } = this.submission;
    const step = steps.find(({ status }) => status === 'failed' || status === 'running')?.name;
    this.reporter.report(cause, {
      tags: {
        job_id: id,
        request_id,
        kind,
        region,
        stack: `${stack_name}-${stack_version}`,
        requested_by,
        code: failure.code,
        ...(step === undefined ? {} : { step }),
      },
      breadcrumbs: breadcrumbsOf(steps),
      // Without a defect the stacks of all failures are alike.
      ...(cause === failure ? { group: [kind, failure.code, step ?? 'no step'] } : {}),
    });
  }

  private span(
    name: string,
    from: string | null,
    to: string | null,
    options: { kind?: 'CONSUMER'; failed?: boolean },
  ): void {
    const { id, kind, region, request_id, stack_name, stack_version } = this.submission;
    recordSpan({
      name,
      startedAt: Date.parse(from ?? to ?? ''),
      endedAt: Date.parse(to ?? ''),
      ...options,
      attributes: {
        'lizzy.job_id': id,
        'lizzy.job_kind': kind,
        'lizzy.request_id': request_id,
        'lizzy.stack': `${stack_name}-${stack_version}`,
        'cloud.region': region,
      },
    });
  }

  /** A defect of the agent. */
  unexpected(error: unknown): void {
    this.metrics.unexpectedErrors.inc();
    this.logger.error('Unexpected error in a job', { error });
  }
}

function secondsBetween(from: string | null, to: string | null): number {
  const milliseconds = Date.parse(to ?? '') - Date.parse(from ?? '');
  return Number.isNaN(milliseconds) ? 0 : Math.max(0, milliseconds) / 1000;
}
