import { JobFailedError, type LockScope, type Wait } from '#jobs';
import { type JsonObject, type StepContext } from './step-context.js';
import { type z } from 'zod';

/**
 * What a step observes in AWS.
 * - `done`: the desired state is reached. `result` becomes the step's part of the job's result.
 * - `not_started`: nothing has been done: `apply` is called. After a successful `apply` it means that the change had no
 *   effect, unless `evenAfterApply` says that it was only a part of the work. After a failed `apply` the job fails, unless
 *   `repairs` says that the failed change is partially applied and the next one repairs it. `madeProgress`: AWS has completed an
 *   earlier change of this step, also when the worker that made it crashed: crashes before it do not count.
 * - `in_progress`: AWS is working on it; observed again after `afterMs` or at the next tick. No slot is held meanwhile.
 * - `locked`: another job holds a lock that the step needs, see `StepContext.lockDomains`; observed again when it is free.
 * - `unknown`: the state cannot be determined yet; observed again a few times, then the job fails.
 * A permanent failure is thrown as `JobFailedError`.
 */
export type Observation =
  | { readonly state: 'done'; readonly message: string; readonly result?: JsonObject }
  | {
      readonly state: 'not_started';
      readonly evenAfterApply?: boolean;
      readonly repairs?: boolean;
      readonly madeProgress?: boolean;
    }
  | {
      readonly state: 'in_progress';
      readonly wait: Wait;
      readonly afterMs?: number;
      /** When the step gives up, in milliseconds since 1970. */
      readonly deadlineAt?: number;
    }
  | { readonly state: 'locked'; readonly scope: LockScope; readonly heldBy: string }
  | { readonly state: 'unknown'; readonly why: string };

/**
 * One step of a job. The engine observes, applies when nothing has started, and observes again. Crash recovery, retry,
 * verification and waiting are that same loop, so `observe` must be correct at any time, and `apply` can be interrupted
 * anywhere.
 *
 * `in`: a step that needs less of the payload fits a kind whose payload has more. Otherwise TypeScript infers it, depending on the order of files.
 */
export interface Step<in Payload> {
  readonly name: string;
  /** Whether the lock of the stack name is held from the step's first observation until it is done. */
  readonly locksStackName?: boolean;
  /**
   * Whether that lock is released while the step waits, which can take minutes. `until_first_change`: no longer once a command
   * has started, for a step that recognizes its change by what differs from before.
   */
  readonly releasesLockWhileWaiting?: boolean | 'until_first_change';
  observe(context: StepContext<Payload>): Promise<Observation>;
  /** Makes the change. A step without it only observes. */
  apply?(context: StepContext<Payload>): Promise<void>;
  /** Whether the current state is harmful while it lasts. Urgent steps are retried sooner when AWS throttles. */
  isUrgent?(context: StepContext<Payload>): Promise<boolean>;
  /** The state besides the job's stack when the job is cancelled or fails in the middle of this step. */
  describeState?(context: StepContext<Payload>): Promise<JsonObject>;
}

/** A job kind as the engine runs it, its payload's type closed over: kinds of all payloads fit into one table. */
export interface RunnableKind<Name extends string = string> {
  readonly name: Name;
  /** Parses the payload and passes it to `use` with the kind's steps. @throws JobFailedError `record_damaged` */
  withSteps<R>(request: unknown, options: { retry: boolean }, use: <P>(payload: P, steps: readonly Step<P>[]) => R): R;
}

/**
 * Makes a job kind runnable.
 * @param kind its definition, from `JOB_KINDS`
 * @param steps the steps of a job in order; `retry`: whether the job continues with what a failed job left
 */
export function runnableKind<const Name extends string, Payload>(
  { name, payload: schema }: { readonly name: Name; readonly payload: z.ZodType<Payload> },
  steps: (payload: Payload, options: { retry: boolean }) => readonly Step<Payload>[],
): RunnableKind<Name> {
  return {
    name,
    withSteps: (request, options, use) => {
      const parsed = schema.safeParse(request);
      if (!parsed.success) throw damagedRequest(request, parsed.error);
      return use(parsed.data, steps(parsed.data, options));
    },
  };
}

/** Redis has lost the request while the job was unfinished, or another program has changed it. */
function damagedRequest(request: unknown, cause: z.ZodError): JobFailedError {
  const what = request === null ? 'no longer holds the request of this job' : 'holds a damaged request of this job';
  const detail = `Redis ${what}, which cannot continue. Look at the stack, then submit the change again.`;
  return new JobFailedError('record_damaged', detail, {}, { cause });
}
