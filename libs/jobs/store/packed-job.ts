import { isDeepStrictEqual } from 'node:util';
import { deflateRawSync, deflateSync, inflateRawSync, inflateSync } from 'node:zlib';
import { z } from 'zod';
import { isJobKind } from '../kinds/index.js';
import { type JobResult, jobResultOf } from '../kinds/job-result.js';
import {
  cancelRequest,
  jobProgress,
  type JobProgress,
  type JobRecord,
  jobSubmission,
  type JobSubmission,
  lenientProgress,
  logSummary,
  RECORD_SCHEMA_VERSION,
} from '../model/job.js';
import { parsedObject } from '../model/parsed-json.js';
import { publicStep, stepRecord } from '../model/step.js';

/** How the record of a finished job is stored; the number is the first byte. Another one is of a later version. */
const FORMATS = { whole: 1, inParts: 2 } as const;

/**
 * What records have in common, for the compression (zlib calls it preset dictionary). Changing one makes stored records unreadable: a new
 * one is a new format.
 */
const DICTIONARY_OF_WHOLE = Buffer.from(
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
const DICTIONARY_OF_PARTS = Buffer.from(
  '"error":{"code":"stack_failed","detail":"The stack ","data":{"resource":"","reason":""}},"cancelled":{"steps_done":[],' +
    '"current_state":{"stack":{"name":"","status":"CREATE_COMPLETE"}}},"failed":{"state_at_failure":{"stack":{"name":"' +
    '"cancel":{"requested_at":"","requested_by":"","delete_stack":false},"kind":"patch_stack","kind":"delete_stack",' +
    '"name":"clean_up","name":"find","name":"delete","status":"skipped","status":"failed","status":"cancelled",' +
    '"domains":[{"domain":"","weights_before":{},"weights_after":{}}],"wanted":100,"changed":true}}\n[{"journal":[],' +
    '"deferrals":0,"unknown_observations":0,"data":{}},{"journal":[{"started_at":"2026-","ended_at":"2026-","succeeded":true}],' +
    '"deferrals":0,"unknown_observations":0,"data":{}}]\n{"kind":"deploy","create":{"stack":"","stack_id":"arn:aws:' +
    'cloudformation:eu-west-1:"},"wait":{"status":"CREATE_COMPLETE"},"traffic":{"weights_before":{},"weights_after":{}},' +
    '{"submission":{"kind":"deploy","stack_name":"","stack_version":"","region":"eu-west-1","dry_run":false,"requested_by":"' +
    '","request_id":"","retry_of":null,"secret_parameters":[],"source":{"commit":"","url":"https://github.com/","actor":"",' +
    '"message":""},"owns":[],"schema":1,"id":"","created_at":"2026-"},"progress":{"status":"succeeded","started_at":"2026-' +
    '","finished_at":"2026-","waiting_for":null,"deadline_at":null,"waited_minutes":0,"error":null},"seq":1,"attempt":1,' +
    '"worker":"","cancel":null,"log":{"lines":0,"sha256":""}}\n[{"name":"validate","status":"succeeded","started_at":"2026-' +
    '","finished_at":"2026-","duration_ms":1000,"message":"","name":"create","name":"wait","name":"traffic","status":"succeeded"' +
    ',"started_at":"2026-',
);

/** How much memory a record is decompressed into at once, in bytes: most need no more, and the default is 16 KiB for each. */
const CHUNK_BYTES = 4_096;

const storedRecord = z.object({
  submission: jobSubmission,
  progress: z.unknown(),
  seq: z.number().int(),
  attempt: z.number().int(),
  worker: z.string().nullable().default(null),
  cancel: cancelRequest.nullable(),
  log: logSummary.nullable(),
});
const progressWithoutParts = jobProgress.omit({ steps: true, result: true });
const storedSteps = z.array(stepRecord);
const parsedObjects = z.array(parsedObject);

/**
 * The compact form of a finished job's record: four lines of JSON, compressed, with a checksum (RFC 1950). So a list of jobs copies what it
 * shows of the steps and of the result, and parses only the first line:
 * 1. the record without steps and result; 2. the steps as `publicStep`; 3. the result as `jobResultOf`; 4. per step all else.
 * A result that the kind does not define is stored with the record as a whole.
 */
export function packJob(record: JobRecord): Buffer {
  const { submission, progress, seq, attempt, worker, cancel, log } = record;
  const { steps, result, ...others } = progress;
  const shown = jobResultOf(submission.kind, result);
  if (!isShownWhole(submission, result, shown)) return packWhole(record);
  const lines = [
    { submission, progress: others, seq, attempt, worker, cancel, log },
    steps.map(publicStep),
    shown,
    steps.map(({ journal, deferrals, unknown_observations, data }) => {
      return { journal, deferrals, unknown_observations, data };
    }),
  ];
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  return pack(FORMATS.inParts, deflateSync(text, { dictionary: DICTIONARY_OF_PARTS, level: 9 }));
}

function isShownWhole(
  { kind, schema }: JobSubmission,
  result: JobProgress['result'],
  shown: JobResult | null,
): boolean {
  if (!isJobKind(kind) || schema > RECORD_SCHEMA_VERSION) return false;
  return result === null || (!('kind' in result) && isDeepStrictEqual({ ...result, kind }, shown));
}

function packWhole({ submission, progress, seq, attempt, worker, cancel, log }: JobRecord): Buffer {
  const json = JSON.stringify({ submission, progress, seq, attempt, worker, cancel, log });
  return pack(FORMATS.whole, deflateRawSync(json, { dictionary: DICTIONARY_OF_WHOLE, level: 9 }));
}

function pack(format: number, compressed: Buffer): Buffer {
  return Buffer.concat([Buffer.from([format]), compressed]);
}

/** Reads the compact form; the steps and the result are parsed when they are used. @throws Error */
export function unpackJob(packed: Buffer): JobRecord {
  const compressed = packed.subarray(1);
  switch (packed[0]) {
    case FORMATS.whole: {
      const json = inflateRawSync(compressed, { dictionary: DICTIONARY_OF_WHOLE, chunkSize: CHUNK_BYTES }).toString(
        'utf8',
      );
      const { submission, progress, ...rest } = storedRecord.parse(JSON.parse(json));
      return { ...rest, submission, progress: progressOf(submission.schema, progress) };
    }
    case FORMATS.inParts:
      return fromParts(
        inflateSync(compressed, { dictionary: DICTIONARY_OF_PARTS, chunkSize: CHUNK_BYTES })
          .toString('utf8')
          .split('\n'),
      );
    default:
      throw new TypeError(`the stored form ${packed[0] ?? 'of nothing'} of a job is not known here`);
  }
}

function fromParts([head = '', steps = '', result = '', others = '']: readonly string[]): JobRecord {
  const { submission, progress, ...rest } = storedRecord.parse(JSON.parse(head));
  if (submission.schema > RECORD_SCHEMA_VERSION) {
    const whole = { ...parsedObject.parse(progress), steps: joinedSteps(steps, others), result: resultOf(result) };
    return { ...rest, submission, progress: progressOf(submission.schema, whole) };
  }
  let parts: Pick<JobProgress, 'steps' | 'result'> | null = null;
  const read = (): Pick<JobProgress, 'steps' | 'result'> =>
    (parts ??= { steps: storedSteps.parse(joinedSteps(steps, others)), result: resultOf(result) });
  return {
    ...rest,
    submission,
    progress: {
      ...progressWithoutParts.parse(progress),
      get steps() {
        return read().steps;
      },
      get result() {
        return read().result;
      },
    },
    ...(isJobKind(submission.kind) ? { shown: { steps, result } } : {}),
  };
}

function joinedSteps(shown: string, others: string): JobProgress['result'][] {
  const rest = parsedObjects.parse(JSON.parse(others));
  return parsedObjects.parse(JSON.parse(shown)).map((step, index) => ({ ...step, ...rest[index] }));
}

function resultOf(shown: string): JobProgress['result'] {
  const result = parsedObject.nullable().parse(JSON.parse(shown));
  if (result === null) return null;
  return Object.fromEntries(Object.entries(result).filter(([name]) => name !== 'kind'));
}

/** The progress of a job whose stored form has this version. @throws z.ZodError */
export function progressOf(schema: number, progress: unknown): JobProgress {
  return (schema > RECORD_SCHEMA_VERSION ? lenientProgress : jobProgress).parse(progress);
}
