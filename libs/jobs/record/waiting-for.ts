import { z } from 'zod';

/** What keeps a job from going on, as data that a person or a program can act on; `since` is a UTC time. */
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
  z.object({ reason: z.literal('no_worker_for'), since: z.string(), kind: z.string() }),
]);
export type WaitingFor = z.infer<typeof waitingFor>;

type WithoutSince<T> = T extends unknown ? Omit<T, 'since'> : never;
/** A wait as a step names it; the runner adds since when. */
export type Wait = WithoutSince<WaitingFor>;
