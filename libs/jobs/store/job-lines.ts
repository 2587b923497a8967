import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { isJobKind } from '../kinds/index.js';
import { type JobResult, jobResultOf } from '../kinds/job-result.js';
import { jobError } from '../model/job-error.js';
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
  stepsThatRan,
} from '../model/job.js';
import { parsedObject } from '../model/parsed-json.js';
import { settledMembers, storedMembers } from '../model/settled-members.js';
import { publicStep, stepRecord } from '../model/step.js';

/** What the API does not show of a finished job, or not as it is stored; without the steps. */
const storedOthers = z.object({
  ...jobSubmission.pick({
    schema: true,
    first_requested_by: true,
    owns: true,
    traceparent: true,
    secret_parameters: true,
  }).shape,
  seq: z.number().int(),
  cancel: cancelRequest.nullable(),
  log: logSummary.nullable(),
  waited_minutes: z.number().int(),
  // A code that only a later version knows makes the record one of a later schema.
  error: z.unknown(),
  ran: z.array(z.string()),
});
const storedError = jobError.nullable();
const storedSteps = z.array(stepRecord);
const parsedObjects = z.array(parsedObject);

/**
 * The record of a finished job as five lines of JSON. A list copies the first three, so that it only parses the first and the fourth:
 * 1. `settledMembers`; 2. the steps as `publicStep`; 3. the result as `jobResultOf`; 4. all else of the job; 5. all else of each step.
 * Null when the API would not show the whole result, or what it waits for.
 */
export function linesOf(record: JobRecord): string | null {
  const { submission, progress, seq, cancel, log } = record;
  const { schema, first_requested_by, owns, traceparent, secret_parameters } = submission;
  const { steps, result, waited_minutes, error } = progress;
  const shown = jobResultOf(submission.kind, result);
  if (progress.waiting_for !== null || !isShownWhole(record, shown)) return null;
  const lines = [
    settledMembers(record),
    steps.map(publicStep),
    shown,
    {
      schema,
      first_requested_by,
      owns,
      traceparent,
      secret_parameters,
      seq,
      cancel,
      log,
      waited_minutes,
      error,
      ran: stepsThatRan(record),
    },
    steps.map(({ journal, deferrals, unknown_observations, data }) => {
      return { journal, deferrals, unknown_observations, data };
    }),
  ];
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

function isShownWhole({ submission, progress }: JobRecord, shown: JobResult | null): boolean {
  const { kind, schema } = submission;
  if (!isJobKind(kind) || schema > RECORD_SCHEMA_VERSION) return false;
  const { result } = progress;
  return result === null || (!('kind' in result) && isDeepStrictEqual({ ...result, kind }, shown));
}

/** Reads what `linesOf` returns; the steps and the result are parsed when they are used. @throws Error */
export function fromLines(text: string): JobRecord {
  const [members = '', steps = '', result = '', others = '', ofSteps = ''] = text.split('\n');
  const shown = storedMembers.parse(JSON.parse(members));
  const hidden = storedOthers.parse(JSON.parse(others));
  const submission = submissionOf(shown, hidden);
  const { attempt, worker } = shown;
  const { seq, cancel, log, ran } = hidden;
  const { status, started_at, finished_at, deadline_at } = shown;
  const { waited_minutes } = hidden;
  if (submission.schema > RECORD_SCHEMA_VERSION) {
    const ends = { status, started_at, finished_at, waiting_for: null, deadline_at, waited_minutes };
    const whole = { ...ends, error: hidden.error, steps: joinedSteps(steps, ofSteps), result: resultOf(result) };
    return { submission, seq, attempt, worker, cancel, log, progress: progressOf(submission.schema, whole) };
  }
  let parsedSteps: JobProgress['steps'] | undefined;
  let parsedResult: JobProgress['result'] | undefined;
  const progress = {
    status,
    started_at,
    finished_at,
    waiting_for: null,
    deadline_at,
    waited_minutes,
    error: storedError.parse(hidden.error),
    get steps() {
      return (parsedSteps ??= storedSteps.parse(joinedSteps(steps, ofSteps)));
    },
    get result() {
      return (parsedResult ??= resultOf(result));
    },
  };
  return {
    submission,
    seq,
    attempt,
    worker,
    cancel,
    log,
    progress,
    ...(isJobKind(submission.kind) ? { shown: { members, steps, result, ran } } : {}),
  };
}

/** Member by member: to copy the rest of an object (`...rest`) takes longer than all else of a record. */
function submissionOf(shown: z.infer<typeof storedMembers>, hidden: z.infer<typeof storedOthers>): JobSubmission {
  return {
    schema: hidden.schema,
    id: shown.id,
    kind: shown.kind,
    stack_name: shown.stack_name,
    stack_version: shown.stack_version,
    region: shown.region,
    dry_run: shown.dry_run,
    requested_by: shown.requested_by,
    ...(hidden.first_requested_by === undefined ? {} : { first_requested_by: hidden.first_requested_by }),
    request_id: shown.request_id,
    created_at: shown.created_at,
    retry_of: shown.retry_of,
    owns: hidden.owns,
    source: shown.source,
    ...(hidden.traceparent === undefined ? {} : { traceparent: hidden.traceparent }),
    secret_parameters: hidden.secret_parameters,
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
