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

const since = z.string().meta({ description: 'Start of the wait, UTC.' });
const later = z.string().nullable().default(null);

/** How far CloudFormation is with a stack. */
export const stackProgress = z
  .object({
    complete: z.int().meta({ description: 'How many resources are complete.' }),
    total: z.int().meta({ description: 'How many resources the template has.' }),
    last_event: z
      .object({
        at: z.string(),
        resource: z.string(),
        type: z.string(),
        status: z.string(),
        reason: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'The last event of the stack.' }),
  })
  .meta({ id: 'StackProgress', description: 'The progress of CloudFormation with a stack.' });
export type StackProgress = z.infer<typeof stackProgress>;

/** What a job waits for, as data for people and programs. Fields with a default were added later. */
export const waitingFor = z
  .discriminatedUnion('reason', [
    z
      .object({
        reason: z.literal('worker'),
        since,
        position: z.int().nullable().meta({ description: 'Its position among the jobs that wait; 1 is next.' }),
      })
      .meta({ id: 'WaitingForWorker', description: 'A worker has to take the job.' }),
    z
      .object({
        reason: z.literal('lock'),
        since,
        scope: z.string().meta({ description: '`stack version` or `stack name`.' }),
        job_id: z.string().meta({ description: 'The job that this one waits for.' }),
        kind: later,
        stack: z.string().nullable(),
        requested_by: z.string().nullable(),
        started_at: later.meta({ description: 'When that job started.' }),
        position: z.int().nullable().default(null).meta({ description: 'The position in the queue of the lock.' }),
      })
      .meta({ id: 'WaitingForLock', description: 'Another job changes the same stack or application.' }),
    z
      .object({
        reason: z.literal('cloudformation'),
        since,
        stack: z.string(),
        state: z.string().meta({ description: 'The status of the stack, or what is not visible yet.' }),
        progress: stackProgress.nullable().default(null),
      })
      .meta({ id: 'WaitingForCloudFormation', description: 'CloudFormation changes a stack.' }),
    z
      .object({
        reason: z.literal('throttled'),
        since,
        detail: z.string(),
        retry_at: later.meta({ description: 'When it is tried again.' }),
        retries: z.int().nullable().default(null).meta({ description: 'The number of consecutive deferrals.' }),
      })
      .meta({
        id: 'WaitingForAws',
        description:
          "AWS throttles requests, is unavailable, or rejects the worker's credentials, or the worker has no disk space.",
      }),
    z
      .object({ reason: z.literal('no_worker_for'), since, kind: z.string(), detail: z.string() })
      .meta({ id: 'WaitingForHealthyWorker', description: 'No live, healthy worker can run jobs of this kind.' }),
  ])
  .meta({
    discriminator: {
      propertyName: 'reason',
      mapping: {
        worker: '#/components/schemas/WaitingForWorker',
        lock: '#/components/schemas/WaitingForLock',
        cloudformation: '#/components/schemas/WaitingForCloudFormation',
        throttled: '#/components/schemas/WaitingForAws',
        no_worker_for: '#/components/schemas/WaitingForHealthyWorker',
      },
    },
  });
export type WaitingFor = z.output<typeof waitingFor>;

type WithoutSince<T> = T extends unknown ? Omit<T, 'since'> : never;
/** A wait as a step names it; the engine adds since when. */
export type Wait = WithoutSince<z.input<typeof waitingFor>>;
