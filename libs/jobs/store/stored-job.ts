import { z } from 'zod';
import { cancelRequest, type JobRecord, jobSubmission, unclaimedProgress } from '../model/job.js';
import { timestamp } from '../redis/clock.js';
import { progressOf, unpackJob } from './packed-job.js';

/**
 * A job is stored as a hash. Until it has finished: `submission` and `progress` as JSON, `created` (ms since 1970), `seq`,
 * `status`, `attempt`, `worker`, `cancel`, and what only scripts read (`fence`, `crashes`, `released`, `fingerprint`, counters).
 * From its end on: `status`, `cancel`, and `finished`, the whole record as `packed-job.ts` describes it.
 * `JOB_FIELDS` are those that a record is read from.
 */
export const JOB_FIELDS = [
  'finished',
  'status',
  'submission',
  'progress',
  'created',
  'seq',
  'attempt',
  'worker',
  'cancel',
] as const;

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
 * Reads a job from the fields of its Redis hash.
 * @param unpack reads the compact form of a finished job
 * @throws z.ZodError when the fields are not a job of this version, nor of a later one that can be shown.
 */
export function parseJobRecord(fields: Readonly<Record<string, Buffer>>, unpack = unpackJob): JobRecord {
  const { finished, cancel } = fields;
  if (finished !== undefined) {
    const record = unpack(finished);
    return { ...record, cancel: record.cancel ?? parseCancel(cancel?.toString('utf8')) };
  }
  const texts = Object.entries(fields).map(([name, value]) => [name, value.toString('utf8')]);
  const hash = activeHash.parse(Object.fromEntries(texts));
  const createdAt = timestamp(hash.created);
  const submission = jobSubmission.parse({ ...storedText.parse(hash.submission), created_at: createdAt });
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

const storedText = z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));

function parseCancel(text: string | undefined): JobRecord['cancel'] {
  return text === undefined ? null : cancelRequest.parse(JSON.parse(text));
}
