import { z } from 'zod';
import { jobError } from './job-error.js';
import { stepStatus } from './status.js';

/**
 * What is written down around each act of a step, so that whoever goes on after a crash knows what was begun.
 * `ended_at` null with a later claim means: the worker died in the middle of it. `failure`: what fails the job unless what
 * stands shows that the act had its effect all the same. `signal`: what ended its command, sent by nobody of Lizzy.
 */
export const journalEntry = z.object({
  started_at: z.string(),
  ended_at: z.string().nullable(),
  succeeded: z.boolean().nullable(),
  failure: jobError.optional(),
  signal: z.string().optional(),
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
  /** How often in a row the step was put off by AWS, and could not tell what stands: the bounds of patience. */
  deferrals: z.number().int(),
  unknown_observations: z.number().int().default(0),
  data: z.record(z.string(), z.json()),
});
export type StepRecord = z.infer<typeof stepRecord>;

/** A step that has not begun. */
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
