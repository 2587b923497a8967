import { AccessRules } from '#auth';
import { IdempotencyKeys, isTerminal, JobQueue, type JobRecord, JobStore, submissionEntry, supportedKind } from '#jobs';
import { ApiMetrics, linkCurrentSpan, Logger } from '#telemetry';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditService } from '../audit/audit.service.js';
import { fingerprint, type SubmissionContext } from '../http/submission-context.decorator.js';
import { ProblemError } from '../problems/problem.error.js';
import { type CancelBody } from './job-query.dto.js';
import { duplicate, JobSubmissionService, keyReused, notAudited, withAcceptedJob } from './job-submission.service.js';
import { lastAttempt, retryOf, submittersOf } from './retry-of.js';
import { jobPath } from './job-path.js';
import { isRetryable } from './job-view.js';
import { JobsService, requestGone } from './jobs.service.js';

/** Cancels and retries jobs. */
@Injectable()
export class JobActionsService {
  constructor(
    private readonly jobs: JobsService,
    private readonly store: JobStore,
    private readonly queue: JobQueue,
    private readonly keys: IdempotencyKeys,
    private readonly submissions: JobSubmissionService,
    private readonly access: AccessRules,
    private readonly audit: AuditService,
    private readonly logger: Logger,
    private readonly metrics: ApiMetrics,
  ) {}

  /**
   * Requests the cancellation of a job and returns its state after that. A repeated request with the same Idempotency-Key
   * requests it again, which changes nothing, so that a crash between the two writes cannot turn the repeat into a 409.
   * @throws AccessDeniedError; ProblemError `job_not_found`, `job_ended`, `idempotency_key_reused`, `store_unavailable`
   */
  async cancel(id: string, body: CancelBody, context: SubmissionContext): Promise<JobRecord> {
    const { caller, requestId, origin } = context;
    const { submission } = await this.jobs.get(id);
    this.access.assertMayActOnJobsOf(submittersOf(submission), caller);
    const isRepeat = await this.remember(id, body, context.idempotencyDigest);
    const request = { requestedBy: caller.uid, deleteStack: body.delete_stack, requestId, origin };
    const { outcome, woken } = await this.store.cancel(id, request);
    if (outcome === 'not_audited') throw notAudited();
    if (outcome === 'requested' || outcome === 'cancelled') {
      context.accepted();
      const by = { requested_by: caller.uid, request_id: requestId };
      this.audit.accepted(submissionEntry({ ...submission, ...by }, origin));
    }
    this.wake(woken);
    const job = outcome === 'not_found' ? await this.jobs.get(id) : await withAcceptedJob(id, () => this.jobs.get(id));
    if (outcome === 'cancelled') this.metrics.jobsFinished.inc({ kind: job.submission.kind, status: outcome });
    if (outcome === 'finished' && !(isRepeat && job.cancel !== null))
      throw new ProblemError('job_ended', `The job is ${job.progress.status}; a finished job cannot be cancelled`);
    return job;
  }

  /**
   * Submits a new job that repeats the request of this one. If it was retried before, its newest attempt is retried, which owns what the
   * attempts before it have created.
   * @throws AccessDeniedError; ProblemError `job_not_found`, `job_not_retryable`, `request_gone`, and those of a submission
   */
  async retry(id: string, context: SubmissionContext): Promise<JobRecord> {
    const asked = await this.jobs.get(id);
    const isRepeat = context.idempotencyDigest !== null && (await this.keys.find(context.idempotencyDigest)) !== null;
    const job = isRepeat ? asked : await lastAttempt(asked, this.store);
    const { submission } = job;
    this.access.assertMayActOnJobsOf(submittersOf(submission), context.caller);
    assertRetryable(job, asked);
    const kind = supportedKind(submission);
    if (kind === null) throw new ProblemError('job_not_retryable', 'A later version of the agent created this job');
    const payload = await this.store.request(submission.id);
    if (payload === null) throw requestGone();
    const { stack_name: name, stack_version: version, region, dry_run: dryRun } = submission;
    const change = {
      kind,
      payload: payloadSchema.parse(payload),
      stack: { name, version, region },
      dryRun,
      source: submission.source,
      secretParameters: submission.secret_parameters,
      retry: retryOf(job),
    };
    linkCurrentSpan(submission.traceparent);
    return await this.submissions.submit({ ...change, refuseDuplicate: true }, context);
  }

  /** Stores the key before the change. @returns whether the same request was made with this key before */
  private async remember(id: string, body: CancelBody, digest: string | null): Promise<boolean> {
    if (digest === null) return false;
    const request = { id, fingerprint: fingerprint(body) };
    const known = await this.keys.remember(digest, request);
    if (known !== null && known.fingerprint !== request.fingerprint) throw keyReused();
    return known !== null;
  }

  /** The response does not wait for this: a job that is not woken notices the change some seconds later. */
  private wake(ids: readonly string[]): void {
    for (const id of ids) {
      this.queue.wake(id).catch((error: unknown) => {
        this.logger.warn('Job not woken', { job_id: id, error });
      });
    }
  }
}

/** @param asked the job that the caller wants to retry @throws ProblemError `job_not_retryable`, `duplicate_deployment` */
function assertRetryable(last: JobRecord, asked: JobRecord): void {
  const { id } = last.submission;
  const { status } = last.progress;
  if (isRetryable(status)) return;
  const members = { job_status: status };
  if (last === asked) {
    const detail = `The job is ${status}; only failed and cancelled jobs can be retried`;
    throw new ProblemError('job_not_retryable', detail, { members });
  }
  if (!isTerminal(status)) throw duplicate(id);
  const detail = `The job was retried by the job ${id}, which has ${status === 'succeeded' ? 'succeeded' : `ended as ${status}`}`;
  throw new ProblemError('job_not_retryable', detail, { members: { ...members, job_id: id, job: jobPath(id) } });
}

const payloadSchema = z.record(z.string(), z.unknown());
