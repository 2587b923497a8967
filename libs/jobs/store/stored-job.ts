import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import {
  cancelRequest,
  jobProgress,
  type JobRecord,
  jobSubmission,
  lenientProgress,
  logSummary,
  RECORD_SCHEMA_VERSION,
  unclaimedProgress,
} from '../model/job.js';
import { timestamp } from '../redis/clock.js';

/**
 * A job is stored as a hash. Until it has finished: `submission` and `progress` as JSON, `created` (ms since 1970), `seq`,
 * `status`, `attempt`, `worker`, `cancel`, and what only scripts read (`fence`, `crashes`, `released`, `fingerprint`, counters).
 * From its end on: `status`, `cancel`, and `finished`, the whole record as compressed JSON.
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

/** How the record of a finished job is stored; the number is the first byte. Another one is of a later version. */
const FORMAT = 1;

/**
 * What records have in common, for the compression (RFC 1951 has no dictionary of its own; zlib calls it preset dictionary).
 * Changing it makes stored records unreadable: a new one is a new `FORMAT`.
 */
const DICTIONARY = Buffer.from(
  '"error":{"code":"stack_failed","detail":"The stack ","data":{"resource":"","reason":""}},"result":{"summary":"","cancelled"' +
    ':{"steps_done":[],"current_state":{"stack":{"name":"","status":"CREATE_COMPLETE"}}},"traffic":{"weights_before":{},' +
    '"weights_after":{}},"failed":{"state_at_failure":"cancel":{"requested_at":"","requested_by":"","delete_stack":false},' +
    '"kind":"patch_stack","kind":"delete_stack","kind":"create_stack","name":"clean_up","name":"find","name":"delete",' +
    '"status":"skipped","status":"failed","status":"cancelled","source":{"commit":"","url":"https://github.com/","actor":"",' +
    '"message":""},"region":"eu-west-1","dry_run":false,"requested_by":"","request_id":"","retry_of":null,"owns":[],' +
    '"log":{"lines":0,"sha256":""},"seq":1,"attempt":1,"cancel":null,"progress":{"status":"succeeded","started_at":"2026-' +
    '","finished_at":"2026-","waiting_for":null,"result":{},"error":null,"steps":[{"name":"validate","status":"succeeded",' +
    '"started_at":"2026-","finished_at":"2026-","message":"","journal":[],"deferrals":0,"unknown_observations":0,"data":{}},' +
    '{"name":"create","status":"succeeded","started_at":"2026-","finished_at":"2026-","message":null,"journal":[{"started_at":' +
    '"2026-","ended_at":"2026-","succeeded":true}],"deferrals":0,"unknown_observations":0,"data":{}},{"name":"wait",' +
    '"status":"succeeded"},{"name":"traffic"}]},"submission":{"schema":1,"kind":"deploy","stack_name":"","stack_version":"',
);

const storedRecord = z.object({
  submission: jobSubmission,
  progress: z.unknown(),
  seq: z.number().int(),
  attempt: z.number().int(),
  worker: z.string().nullable().default(null),
  cancel: cancelRequest.nullable(),
  log: logSummary.nullable(),
});

/** The compact form of a finished job's record. */
export function packJob(record: JobRecord): Buffer {
  const json = JSON.stringify(record);
  return Buffer.concat([Buffer.from([FORMAT]), deflateRawSync(json, { dictionary: DICTIONARY, level: 9 })]);
}

function unpackJob(packed: Buffer): JobRecord {
  if (packed[0] !== FORMAT)
    throw new TypeError(`the stored form ${packed[0] ?? 'of nothing'} of a job is not known here`);
  const json = inflateRawSync(packed.subarray(1), { dictionary: DICTIONARY }).toString('utf8');
  const { submission, progress, ...rest } = storedRecord.parse(JSON.parse(json));
  return { ...rest, submission, progress: progressOf(submission.schema, progress) };
}

/**
 * Reads a job from the fields of its Redis hash.
 * @throws z.ZodError when the fields are not a job of this version, nor of a later one that can be shown.
 */
export function parseJobRecord(fields: Readonly<Record<string, Buffer>>): JobRecord {
  const { finished, cancel } = fields;
  if (finished !== undefined) {
    const record = unpackJob(finished);
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

function progressOf(schema: number, progress: unknown): JobRecord['progress'] {
  return (schema > RECORD_SCHEMA_VERSION ? lenientProgress : jobProgress).parse(progress);
}

function parseCancel(text: string | undefined): JobRecord['cancel'] {
  return text === undefined ? null : cancelRequest.parse(JSON.parse(text));
}
