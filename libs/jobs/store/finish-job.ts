import { type Redis } from '#redis';
import { type AuditEntry, packEntries } from '../audit/audit-record.js';
import { endEntry } from '../audit/job-entries.js';
import { type JobEvent } from '../events/job-event.js';
import { idBytes } from '../history/chunk.js';
import { type JobRecord } from '../model/job.js';
import { type JobKeys, REQUEST_RETENTION_SECONDS } from '../redis/keys.js';
import { eventKeys, permanentIndexes, subjectOf } from './script-keys.js';
import { finishScript } from './scripts/progress.js';
import { packJob } from './packed-job.js';

/** The fence of a job that no worker has ever claimed. */
export const UNCLAIMED = '-1';

/**
 * Finishes a job with this record. Returns the reply of `finishScript`: 1 and the jobs to wake, 0 when the fence does not hold
 * the job, 2 when a cancellation was accepted meanwhile, 3 when the audit trail of an unclaimed job cannot be written.
 * @param audit records to write before that of the end
 */
export async function finishJob(
  redis: Redis,
  keys: JobKeys,
  {
    record,
    events,
    fence,
    audit = [],
  }: { record: JobRecord; events: readonly JobEvent[]; fence: string; audit?: readonly AuditEntry[] },
): Promise<(number | string)[]> {
  const { submission, progress } = record;
  const { id } = submission;
  return await finishScript(
    redis,
    [
      ...eventKeys(keys, id),
      keys.index('status', 'queued'),
      keys.index('status', 'running'),
      keys.unfinished,
      keys.waiting,
      keys.lease(id),
      keys.locksOf(id),
      keys.request(id),
      keys.position('finished'),
      keys.audit,
      keys.index('status', progress.status),
      ...permanentIndexes(keys, submission),
    ],
    [
      id,
      fence,
      packJob(record),
      progress.status,
      REQUEST_RETENTION_SECONDS,
      Date.parse(progress.finished_at ?? ''),
      idBytes(id),
      keys.jobTable('finished'),
      keys.submissionTable,
      keys.lock(''),
      keys.lockQueue(''),
      subjectOf(submission),
      packEntries(...audit, endEntry(record, fence === UNCLAIMED ? 'api' : 'worker')),
      record.cancel?.delete_stack === true ? 1 : 0,
      ...events.map((event) => JSON.stringify(event)),
    ],
  );
}
