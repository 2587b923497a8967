import { type JobRecord, type JobSubmission } from '../model/job.js';
import { type AuditEntry, type AuditOrigin } from './audit-record.js';

const UNKNOWN_ORIGIN = { realm: null, client: null, address: null };

/** The fields of an audit record that describe a job. */
function auditedJob(
  job: Pick<JobSubmission, 'kind' | 'stack_name' | 'stack_version' | 'region'>,
): Pick<AuditEntry, 'kind' | 'stack_name' | 'stack_version' | 'region'> {
  const { kind, stack_name, stack_version, region } = job;
  return { kind, stack_name, stack_version, region };
}

/** A change that is accepted. */
export function submissionEntry(
  submission: Pick<
    JobSubmission,
    'id' | 'kind' | 'stack_name' | 'stack_version' | 'region' | 'requested_by' | 'request_id'
  >,
  origin: AuditOrigin,
): AuditEntry {
  return {
    process: 'api',
    outcome: 'allowed',
    reason: null,
    ...auditedJob(submission),
    user: submission.requested_by,
    job_id: submission.id,
    request_id: submission.request_id,
    count: 1,
    ...origin,
  };
}

/** The first step of a job starts. */
export function startEntry(submission: JobSubmission): AuditEntry {
  const origin = { ...UNKNOWN_ORIGIN, action: 'start_job' } as const;
  return { ...submissionEntry(submission, origin), process: 'worker', outcome: 'started' };
}

/** A job has finished. A job that no worker has claimed is finished by the API. */
export function endEntry({ submission, progress }: JobRecord, process: AuditEntry['process']): AuditEntry {
  const { status, error } = progress;
  const origin = { ...UNKNOWN_ORIGIN, action: 'end_job' } as const;
  const outcome = status === 'queued' || status === 'running' ? 'failed' : status;
  return { ...submissionEntry(submission, origin), process, outcome, reason: error?.code ?? null };
}
