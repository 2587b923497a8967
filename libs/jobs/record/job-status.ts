import { z } from 'zod';

/** What a job can be; `succeeded`, `failed` and `cancelled` are terminal: nothing changes a job after them. */
export const jobStatus = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type JobStatus = z.infer<typeof jobStatus>;

/** What a step of a job can be. */
export const stepStatus = z.enum(['pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled']);
export type StepStatus = z.infer<typeof stepStatus>;

/** Whether a job in this state has ended for good. */
export function isTerminal(status: JobStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}
