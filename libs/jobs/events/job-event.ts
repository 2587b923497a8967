import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { jobError } from '../model/job-error.js';
import { type JobProgress } from '../model/job.js';
import { jobStatus, stepStatus, waitingFor } from '../model/status.js';

/** Where a line of a job's log comes from: the agent itself, one of Senza's outputs, or the events of a stack. */
export const logSource = z.enum(['agent', 'stdout', 'stderr', 'cloudformation']);

/** A line of the log; `step` is null outside of steps. A source that only a later version knows is shown as the agent. */
const logLine = z.object({ source: logSource.catch('agent'), step: z.string().nullable(), text: z.string() });
export type LogLine = z.infer<typeof logLine>;

/** What CloudFormation reported about a resource of a stack that the job waits for. */
const stackEvent = z.object({
  step: z.string(),
  /** Which stack: its name and version. */
  stack: z.string(),
  /** The logical ID, of a nested stack's resource `NESTED/RESOURCE`; the stack itself: its name. */
  resource: z.string(),
  resource_type: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  /** CloudFormation's time of the event. */
  occurred_at: z.string(),
  /** The first resource that failed by itself: the cause, when the stack fails. */
  is_first_failure: z.boolean(),
});
export type StackEventEntry = z.infer<typeof stackEvent>;

/** What happens to a job: one list, in one order, whichever way it is read. `end` is the last event of a job. */
export const jobEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), status: jobStatus }),
  z.object({ type: z.literal('step'), step: z.string(), status: stepStatus, message: z.string().nullable() }),
  z.object({ type: z.literal('wait'), waiting_for: waitingFor.nullable() }),
  z.object({ type: z.literal('cancel'), requested_by: z.string(), delete_stack: z.boolean() }),
  logLine.extend({ type: z.literal('log') }),
  stackEvent.extend({ type: z.literal('stack_event') }),
  z.object({ type: z.literal('end'), status: jobStatus, error: jobError.nullable() }),
]);
export type JobEvent = z.infer<typeof jobEvent>;

/** An event as it was written: `id` counts a job's events from 1, without gaps; `at` is Redis's time. */
export interface JobEventEntry {
  readonly id: number;
  readonly at: string;
  /** Null: an event that only a later version knows. */
  readonly event: JobEvent | null;
}

/** The job of an event in the feed of all jobs: what the history can be filtered by. */
export const eventSubject = z.object({
  id: z.string(),
  kind: z.string(),
  stack_name: z.string(),
  stack_version: z.string(),
  region: z.string(),
  requested_by: z.string(),
  commit: z.string().nullable(),
  /** Null in the event of the submission, which has this time itself, and where an earlier version stored none. */
  created_at: z.string().nullable().default(null),
});
export type EventSubject = z.infer<typeof eventSubject>;

/** The events that lead from one progress of a job to the next. */
export function eventsBetween(before: JobProgress, after: JobProgress): JobEvent[] {
  const events: JobEvent[] = [];
  const isFinished = after.finished_at !== null;
  if (before.status !== after.status && !isFinished) events.push({ type: 'state', status: after.status });
  for (const [index, { name: step, status, message }] of after.steps.entries()) {
    if (status !== (before.steps[index]?.status ?? 'pending')) events.push({ type: 'step', step, status, message });
  }
  if (!isFinished && !isDeepStrictEqual(before.waiting_for, after.waiting_for))
    events.push({ type: 'wait', waiting_for: after.waiting_for });
  if (isFinished) {
    events.push({ type: 'state', status: after.status });
    events.push({ type: 'end', status: after.status, error: after.error });
  }
  return events;
}

/** An event as a line of the job's log; null for one that is not shown there. */
export function logLineOf(event: JobEvent | null): LogLine | null {
  if (event?.type === 'log') return { source: event.source, step: event.step, text: event.text };
  if (event?.type === 'end') return { source: 'agent', step: null, text: outcomeText(event) };
  if (event?.type !== 'stack_event') return null;
  const { step, resource, resource_type: type, status, reason, is_first_failure } = event;
  const mark = is_first_failure ? ' [first failure]' : '';
  const text = `${status} ${type} ${resource}${mark}${reason === null ? '' : `: ${reason}`}`;
  return { source: 'cloudformation', step, text };
}

/** The last line of each log. */
function outcomeText({ status, error }: Extract<JobEvent, { type: 'end' }>): string {
  if (error === null) return `Job ${status}`;
  const lines = error.detail.split('\n').map((line) => line.trim());
  return `Job ${status} (${error.code}): ${lines.filter((line) => line !== '').join(' ')}`;
}
