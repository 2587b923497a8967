import { z } from 'zod';
import { jobError } from './job-error.js';
import { parsedObject } from './parsed-json.js';
import { stepStatus } from './status.js';

/**
 * Recorded before and after each command of a step, so that the worker that continues after a crash knows what was started.
 * `ended_at` null with a later claim means: the worker crashed while it ran. `failure`: what fails the job unless the
 * current state shows that the command had its effect anyway. `signal`: the signal that ended the command, not sent by Lizzy.
 * `command`: for reports of errors, redacted; dropped when the job ends.
 */
const journalEntry = z.object({
  started_at: z.string(),
  ended_at: z.string().nullable(),
  succeeded: z.boolean().nullable(),
  failure: jobError.optional(),
  signal: z.string().optional(),
  command: z.string().optional(),
});
export type JournalEntry = z.infer<typeof journalEntry>;

/** One step of a job with its journal. `journal` and `data` are the workers' own and never leave the agent. */
export const stepRecord = z.object({
  name: z.string(),
  status: stepStatus,
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  message: z.string().nullable(),
  journal: z.array(journalEntry),
  /** How often in a row the step was deferred by AWS, and how often it could not read the current state: both are limited. */
  deferrals: z.number().int(),
  unknown_observations: z.number().int().default(0),
  data: parsedObject,
});
export type StepRecord = z.infer<typeof stepRecord>;

/** A step that has not started. */
export function pendingStep(name: string): StepRecord {
  return {
    name,
    status: 'pending',
    started_at: null,
    finished_at: null,
    message: null,
    journal: [],
    deferrals: 0,
    unknown_observations: 0,
    data: {},
  };
}

/** What the API shows of a step. */
export type PublicStep = Pick<StepRecord, 'name' | 'status' | 'started_at' | 'finished_at' | 'message'> & {
  /** From the start to the end, in milliseconds; null until then. */
  readonly duration_ms: number | null;
};

/** The step as the API shows it: without the workers' own. */
export function publicStep({ name, status, started_at, finished_at, message }: StepRecord): PublicStep {
  return { name, status, started_at, finished_at, duration_ms: millisecondsBetween(started_at, finished_at), message };
}

/** From one time to another, in milliseconds; null when one of them is unknown. */
export function millisecondsBetween(start: string | null, end: string | null): number | null {
  return start === null || end === null ? null : Date.parse(end) - Date.parse(start);
}
