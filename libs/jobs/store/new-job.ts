import { type AuditOrigin } from '../audit/audit-record.js';
import { type JobSubmission } from '../model/job.js';
import { type JobKind } from '../kinds/index.js';

/** The origin of changes that no request has made: those of tests and measurements. */
export const OWN_ORIGIN: AuditOrigin = { action: 'submit_deployment', realm: null, client: null, address: null };

/** What is needed to submit a job. */
export interface NewJob {
  readonly description: Omit<JobSubmission, 'schema' | 'id' | 'created_at' | 'kind'> & { readonly kind: JobKind };
  /** The payload of the kind, as parsed from the request; kept apart from the record. */
  readonly request: unknown;
  /** Digest of what the job would do: equal digests of unfinished jobs are the same deployment. */
  readonly fingerprint: string;
  /** Whether an unfinished job with the same fingerprint is a reason not to submit. */
  readonly refuseDuplicate: boolean;
  /** Where the change comes from, for the audit trail; missing: the agent itself. */
  readonly origin?: AuditOrigin;
  /** How many unfinished jobs the user can have; no limit when missing or 0. */
  readonly unfinishedLimit?: number;
  /**
   * `digest` names key, user, method and path; `fingerprint` the body; `replaces` is the finished job that the key identified
   * and that this job retries. Null without an Idempotency-Key.
   */
  readonly idempotency: {
    readonly digest: string;
    readonly fingerprint: string;
    readonly replaces?: string | null;
  } | null;
}

/**
 * The result of a submission; the id is that of the existing job. `too_many`: the user has too many unfinished jobs; there is no
 * job then, and `id` is their number. `not_audited`: the audit trail cannot be written, so that nothing was submitted.
 */
export interface Submitted {
  readonly outcome: 'submitted' | 'replayed' | 'key_reused' | 'duplicate' | 'too_many' | 'not_audited';
  readonly id: string;
}

/** Who cancels a job, in which request. Without `origin` and `requestId` it is the agent itself, as for `NewJob`. */
export interface CancelOrder {
  readonly requestedBy: string;
  readonly deleteStack: boolean;
  readonly requestId?: string;
  readonly origin?: AuditOrigin;
}

/**
 * The result of a cancel request: `cancelled` immediately, `requested` of the worker that runs it, `finished` before,
 * `not_found`, or `not_audited`: the audit trail cannot be written, so that nothing was requested.
 * `woken`: jobs that should be processed now, see `JobQueue.wake`.
 */
export interface Cancelled {
  readonly outcome: 'not_found' | 'finished' | 'requested' | 'cancelled' | 'not_audited';
  readonly woken: readonly string[];
}
