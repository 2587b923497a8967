import { isRedisUnavailable } from '#redis';
import { ProblemError } from '../problems/problem.error.js';
import { RETRY_AFTER_SECONDS } from '../problems/to-problem.js';
import { fieldProblem } from '../problems/validation-problem.js';
import { isRetryable } from './job-view.js';
import { jobPath } from './job-path.js';
import { AuditService } from '../audit/audit.service.js';
import { lastAttempt, type RetryOf, retryOf } from './retry-of.js';
import {
  IdempotencyKeys,
  type JobKind,
  JobQueue,
  type JobRecord,
  type JobSource,
  JobStore,
  type NewJob,
  submissionEntry,
  type Submitted,
} from '#jobs';
import { ApiMetrics, currentTraceparent, linkCurrentSpan, Logger } from '#telemetry';
import { ApiConfig } from '#config';
import { Injectable } from '@nestjs/common';
import pTimeout from 'p-timeout';
import { type SubmissionContext, fingerprint } from '../http/submission-context.decorator.js';
import { MAX_STACK_NAME_LENGTH } from '#definition';

/**
 * Reads a job that this request has created or changed. A caller must not mistake a Redis outage for a rejection.
 * @throws ProblemError `store_unavailable` that says so and names the job when Redis is unavailable; other errors as they are
 */
export async function withAcceptedJob<T>(id: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isRedisUnavailable(error)) throw error;
    const path = jobPath(id);
    const detail = `Redis is unavailable, but the request was accepted: job ${id} continues when Redis is available again; see ${path}`;
    throw new ProblemError('store_unavailable', detail, {
      members: { job_id: id, job: path },
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
    });
  }
}

/** How long the response waits for the queue to accept a job, in milliseconds: the job is durable before that. */
const ENQUEUE_TIMEOUT_MS = 1_000;

/** A change that a caller requests. */
export interface JobRequest {
  readonly kind: JobKind;
  /** The payload of the kind, parsed, as the worker gets it. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The request as it was sent, when the payload also has values that were read for it. Requests are compared by it. */
  readonly requested?: Readonly<Record<string, unknown>>;
  readonly stack: { readonly name: string; readonly version: string; readonly region: string };
  readonly dryRun: boolean;
  /** Whether an unfinished job that does the same is a reason to refuse (409). Ignored with an idempotency key. */
  readonly refuseDuplicate: boolean;
  /** The origin of the change. Two changes that differ only in it are duplicates. */
  readonly source?: JobSource | null;
  /** The positions of the payload's parameters that must not be shown; none when missing. */
  readonly secretParameters?: readonly number[] | null;
  /** The job that this one retries, and the jobs whose stacks count as its own. */
  readonly retry?: RetryOf;
  /** With an idempotency key whose job failed or was cancelled: retry it instead of returning that job. */
  readonly retryFailed?: boolean;
}

/** The only way from a request to a job: every call that changes something uses it. */
@Injectable()
export class JobSubmissionService {
  constructor(
    private readonly config: ApiConfig,
    private readonly store: JobStore,
    private readonly queue: JobQueue,
    private readonly keys: IdempotencyKeys,
    private readonly audit: AuditService,
    private readonly logger: Logger,
    private readonly metrics: ApiMetrics,
  ) {}

  /**
   * The job that a request with the same idempotency key has created; null when there is none. For requests whose payload depends on
   * what was observed, which the first job may have changed since.
   * @throws ProblemError `idempotency_key_reused`, `job_not_found`
   */
  async earlier(
    { kind, requested }: { readonly kind: JobKind; readonly requested: Readonly<Record<string, unknown>> },
    { idempotencyDigest: digest }: SubmissionContext,
  ): Promise<JobRecord | null> {
    const known = digest === null ? null : await this.keys.find(digest);
    if (known === null) return null;
    if (known.fingerprint !== fingerprint({ kind, payload: requested })) throw keyReused();
    return await this.accepted(known.id);
  }

  /**
   * Submits a job for a change, durable when this returns, or returns the first job of the same idempotency key.
   * @throws ProblemError `duplicate_deployment`, `too_many_unfinished_jobs`, `idempotency_key_reused`, `store_unavailable`
   */
  async submit(change: JobRequest, request: SubmissionContext): Promise<JobRecord> {
    const { outcome, id } = await this.submitOrRetry(change, request);
    if (outcome === 'not_audited') throw notAudited();
    if (outcome === 'too_many') throw tooManyUnfinished(id);
    if (outcome === 'key_reused') throw keyReused();
    if (outcome === 'duplicate') throw duplicate(id);
    if (outcome === 'submitted') {
      this.metrics.jobsSubmitted.inc({ kind: change.kind });
      request.accepted();
      this.audit.accepted(submissionEntry({ ...newJob(change, request).description, id }, request.origin));
      await this.enqueue(id, change.kind);
    }
    return await this.accepted(id);
  }

  private async accepted(id: string): Promise<JobRecord> {
    const job = await withAcceptedJob(id, () => this.store.get(id));
    if (job === null)
      throw new ProblemError('job_not_found', `The job ${id} of this Idempotency-Key is no longer kept`);
    return job;
  }

  private async submitOrRetry(change: JobRequest, request: SubmissionContext): Promise<Submitted> {
    const unfinishedLimit = this.config.maxUnfinishedJobsPerUser;
    const submitted = await this.store.submit({ ...newJob(change, request), unfinishedLimit });
    if (submitted.outcome !== 'replayed' || change.retryFailed !== true) return submitted;
    const first = await this.store.get(submitted.id);
    if (first === null) return submitted;
    const last = await lastAttempt(first, this.store);
    if (!isRetryable(last.progress.status)) return { ...submitted, id: last.submission.id };
    linkCurrentSpan(last.submission.traceparent);
    const retry = newJob({ ...change, retry: retryOf(last) }, request, submitted.id);
    return await this.store.submit({ ...retry, unfinishedLimit });
  }

  /** Adds the job to the queue. If that fails, the reconciler does it some seconds later. */
  private async enqueue(id: string, kind: JobKind): Promise<void> {
    const fields = { job_id: id, kind };
    const message = 'the queue did not take the job in time';
    try {
      await pTimeout(this.queue.add(id), { milliseconds: ENQUEUE_TIMEOUT_MS, message });
      this.logger.info('Job submitted', fields);
    } catch (error) {
      this.logger.warn('Job submitted, but not enqueued yet', { ...fields, error });
    }
  }
}

/** When to retry, in seconds: a deployment takes minutes. */
const UNFINISHED_RETRY_AFTER_SECONDS = '30';

function tooManyUnfinished(count: string): ProblemError {
  const detail = `You have ${count} unfinished jobs; submit more when some of them have finished, or cancel some`;
  return new ProblemError('too_many_unfinished_jobs', detail, {
    headers: { 'retry-after': UNFINISHED_RETRY_AFTER_SECONDS },
  });
}

/** The audit trail in Redis cannot be written: no change is accepted without its record. */
export function notAudited(): ProblemError {
  const detail =
    'The audit trail in Redis cannot be written; nothing was changed. checks.redis in GET /api/status says why';
  return new ProblemError('store_unavailable', detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
}

/** The key was used before with another body (422). */
export function keyReused(): ProblemError {
  return new ProblemError('idempotency_key_reused', 'The same Idempotency-Key came with another body before');
}

/** @param replaces the job to which the idempotency key belongs that the new one takes over */
function newJob(
  change: JobRequest,
  { caller, requestId, idempotencyDigest, origin }: SubmissionContext,
  replaces: string | null = null,
): NewJob {
  const { kind, payload, stack, dryRun, refuseDuplicate, retry, source = null, secretParameters = [] } = change;
  const request = { ...payload, region: stack.region };
  return {
    description: {
      kind,
      stack_name: stack.name,
      stack_version: stack.version,
      region: stack.region,
      dry_run: dryRun,
      requested_by: caller.uid,
      ...(retry === undefined || retry.firstRequester === caller.uid
        ? {}
        : { first_requested_by: retry.firstRequester }),
      request_id: requestId,
      traceparent: currentTraceparent(),
      retry_of: retry?.of ?? null,
      owns: retry?.owns ?? [],
      source,
      secret_parameters: secretParameters === null ? null : [...secretParameters],
    },
    request: payload,
    origin,
    fingerprint: fingerprint({ kind, payload: { ...request, source: null } }),
    refuseDuplicate,
    idempotency:
      idempotencyDigest === null
        ? null
        : {
            digest: idempotencyDigest,
            fingerprint: fingerprint({ kind, payload: change.requested ?? request }),
            replaces,
          },
  };
}

/** An unfinished job does the same (409). */
export function duplicate(id: string): ProblemError {
  const members = { job_id: id, job: jobPath(id) };
  return new ProblemError('duplicate_deployment', `The unfinished job ${id} does the same`, { members });
}

/** CloudFormation limits the length of a stack name, `NAME-VERSION`. @throws ProblemError `invalid_request` */
export function assertStackNameLength({ name, version }: { readonly name: string; readonly version: string }): void {
  if (`${name}-${version}`.length <= MAX_STACK_NAME_LENGTH) return;
  const detail = `must leave the stack's name, NAME-VERSION, with ${MAX_STACK_NAME_LENGTH} characters at most`;
  throw fieldProblem([{ pointer: '/stack_version', detail }]);
}
