import { z } from 'zod';

/**
 * The states of a job. All but `queued` and `running` are final. `superseded`: the stack exists without traffic, because a
 * traffic change that was submitted later has been applied.
 */
export const jobStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded']);
export type JobStatus = z.infer<typeof jobStatus>;

/** What a step of a job can be. */
export const stepStatus = z.enum(['pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled']);
export type StepStatus = z.infer<typeof stepStatus>;

/** Whether a job in this state has finished. */
export function isTerminal(status: JobStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** What a job waits for, as data for people and programs; `since` is a UTC time. */
export const waitingFor = z.discriminatedUnion('reason', [
  z.object({ reason: z.literal('worker'), since: z.string(), position: z.number().int().nullable() }),
  z.object({
    reason: z.literal('lock'),
    since: z.string(),
    scope: z.string(),
    job_id: z.string(),
    stack: z.string().nullable(),
    requested_by: z.string().nullable(),
  }),
  z.object({ reason: z.literal('cloudformation'), since: z.string(), stack: z.string(), state: z.string() }),
  z.object({ reason: z.literal('throttled'), since: z.string(), detail: z.string() }),
  z.object({ reason: z.literal('no_worker_for'), since: z.string(), kind: z.string(), detail: z.string() }),
]);
export type WaitingFor = z.infer<typeof waitingFor>;

type WithoutSince<T> = T extends unknown ? Omit<T, 'since'> : never;
/** A wait as a step names it; the runner adds since when. */
export type Wait = WithoutSince<WaitingFor>;
