import { z } from 'zod';

// Members and values that a later version adds must not break a client: objects are loose, and no list of words is closed.

/** A problem document (RFC 9457): why a request or a job failed. A job's error has no `status`. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
  status: z.int().optional(),
  /** The wrong fields of a request: JSON pointers (RFC 6901) into the body or the query. */
  errors: z.array(z.looseObject({ pointer: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.output<typeof problemSchema>;

const stepSchema = z.looseObject({
  name: z.string(),
  /** `pending`, `running`, `succeeded`, `failed`, `skipped` or `cancelled`. */
  status: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  duration_ms: z.int().nullable(),
  message: z.string().nullable(),
});
export type Step = z.output<typeof stepSchema>;

/** A job as the API shows it (`Job` in the OpenAPI document). Times are ISO 8601 in UTC. */
export const jobSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  /** `queued`, `running`, `succeeded`, `failed`, `cancelled` or `superseded`. */
  status: z.string(),
  stack_name: z.string(),
  stack_version: z.string(),
  region: z.string(),
  dry_run: z.boolean(),
  requested_by: z.string(),
  request_id: z.string(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  duration_ms: z.int().nullable(),
  attempt: z.int(),
  retry_of: z.string().nullable(),
  /** Where the change comes from, as its submitter described it. */
  source: z.record(z.string(), z.unknown()).nullable(),
  cancel_requested: z.boolean(),
  cancel_requested_by: z.string().nullish(),
  waiting_for: z.looseObject({ reason: z.string() }).nullable(),
  steps: z.array(stepSchema),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: problemSchema.nullable(),
  /** The last job that has retried this one. */
  retried_by: z.string().nullish(),
  /** What to do after a failure: sentences. */
  next: z.array(z.string()),
  links: z.looseObject({ self: z.string(), log: z.string(), events: z.string(), definition: z.string().nullable() }),
});
export type Job = z.output<typeof jobSchema>;

/** A page of the history; `next_cursor` is null on the last one. */
export const jobPageSchema = z.looseObject({
  items: z.array(jobSchema),
  count: z.int(),
  unreadable: z.array(z.object({ id: z.string(), reason: z.string() })).default([]),
  next_cursor: z.string().nullable(),
});
export type JobPage = z.output<typeof jobPageSchema>;

/** A line of a job's log; `step` is null outside of steps. */
export const logEntrySchema = z.looseObject({
  cursor: z.string(),
  at: z.string(),
  source: z.string(),
  step: z.string().nullable(),
  text: z.string(),
});
export type LogEntry = z.output<typeof logEntrySchema>;

/** A CloudFormation stack as the API lists it; `creation_time` is ISO 8601. */
export const stackSchema = z.looseObject({
  stack_name: z.string(),
  version: z.string(),
  status: z.string(),
  creation_time: z.string(),
  description: z.string().nullable(),
});
export type Stack = z.output<typeof stackSchema>;

/** Whether the job has reached a final state. */
export function isFinished({ finished_at }: Job): boolean {
  return finished_at !== null;
}
