import { z } from 'zod';
import { cancelRequest, type JobRecord, jobSubmission, unclaimedProgress } from '../model/job.js';
import { parsedObject } from '../model/parsed-json.js';
import { timestamp } from '../redis/clock.js';
import { progressOf } from './job-lines.js';

/**
 * A job is stored as a hash. Until it has finished: `submission` and `progress` as JSON, `created` (ms since 1970), `seq`,
 * `status`, `attempt`, `worker`, `cancel`, and what only scripts read (`fence`, `crashes`, `released`, `fingerprint`, counters).
 * From its end on: `status`, `cancel`, `retried_by` (the id of the last job that has retried it), and `finished`, the whole record as
 * `packed-job.ts` describes it.
 * `JOB_FIELDS` are those that a record is read from.
 */
export const JOB_FIELDS = [
  'finished',
  'cancel',
  'retried_by',
  'status',
  'submission',
  'progress',
  'created',
  'seq',
  'attempt',
  'worker',
] as const;
/** The place of `finished` among them. */
export const FINISHED = JOB_FIELDS.indexOf('finished');

/** The values of `JOB_FIELDS`; null for a field that a hash does not have. The last ones can be left out. */
export type StoredValues = readonly (Buffer | null)[];

const CANCEL = JOB_FIELDS.indexOf('cancel');
const RETRIED_BY = JOB_FIELDS.indexOf('retried_by');

const activeHash = z.object({
  submission: z.string(),
  progress: z.string().optional(),
  created: z.coerce.number(),
  seq: z.coerce.number().int(),
  attempt: z.coerce.number().int(),
  worker: z.string().optional(),
  cancel: z.string().optional(),
});

/** What a job is submitted with; its time is set by the script that stores it. */
export const storedSubmission = jobSubmission.omit({ created_at: true });

/**
 * Reads a job from the fields of its Redis hash; null when none of them exists.
 * @param unpack reads the compact form of a finished job
 * @throws z.ZodError when the fields are not a job of this version, nor of a later one that can be shown.
 */
export function parseJobRecord(values: StoredValues, unpack: (packed: Buffer) => JobRecord): JobRecord | null {
  const finished = values[FINISHED] ?? null;
  if (finished !== null) {
    const record = unpack(finished);
    const cancel = values[CANCEL] ?? null;
    const retriedBy = values[RETRIED_BY]?.toString('utf8');
    if (cancel === null || record.cancel !== null) return retriedBy === undefined ? record : { ...record, retriedBy };
    // The worker that finished the job did not know of this request yet: what it shows of the job lacks it.
    const { submission, progress, seq, attempt, worker, log } = record;
    return { submission, progress, seq, attempt, worker, log, retriedBy, cancel: parseCancel(cancel.toString('utf8')) };
  }
  const texts: Record<string, string> = {};
  for (const [index, name] of JOB_FIELDS.entries()) {
    const value = values[index] ?? null;
    if (value !== null) texts[name] = value.toString('utf8');
  }
  if (Object.keys(texts).length === 0) return null;
  const hash = activeHash.parse(texts);
  const createdAt = timestamp(hash.created);
  const stored = parsedObject.parse(JSON.parse(hash.submission));
  stored['created_at'] = createdAt;
  const submission = jobSubmission.parse(stored);
  return {
    submission,
    progress:
      hash.progress === undefined
        ? unclaimedProgress(createdAt)
        : progressOf(submission.schema, JSON.parse(hash.progress)),
    seq: hash.seq,
    attempt: hash.attempt,
    worker: hash.worker ?? null,
    cancel: parseCancel(hash.cancel),
    log: null,
  };
}

function parseCancel(text: string | undefined): JobRecord['cancel'] {
  return text === undefined ? null : cancelRequest.parse(JSON.parse(text));
}
