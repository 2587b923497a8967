import { type Wait, type JobKind } from '#jobs';
import { type JsonObject, type StepContext } from './step-context.js';
import { type z } from 'zod';

/**
 * What a step sees when it looks at what stands.
 * - `done`: what the step is for is so. `result` becomes the step's part of the job's result.
 * - `not_begun`: nothing of it is so: acting is right. After an act that ended well this means that the act had no
 *   effect, unless `evenAfterApply` says that it was only a part. After an act that failed the job fails, unless `repairs`
 *   says that the failed act has left things half done, and that the next one is to put that right.
 * - `under_way`: it is becoming so; look again later, after `afterMs` or at the next tick. No slot is held meanwhile.
 * - `unclear`: it cannot be told yet; looked at again some times, then a failure.
 * What has failed for good is thrown as `JobFailure`.
 */
export type Observation =
  | { readonly state: 'done'; readonly message: string; readonly result?: JsonObject }
  | { readonly state: 'not_started'; readonly evenAfterApply?: boolean; readonly repairs?: boolean }
  | { readonly state: 'in_progress'; readonly wait: Wait; readonly afterMs?: number }
  | { readonly state: 'unknown'; readonly why: string };

/**
 * One step of a job. The runner looks, acts when nothing has begun, and looks again; a crash, a retry, a verification
 * and a wait are that same loop, so `look` must tell the truth at any time and `act` may be cut off anywhere.
 */
export interface Step<Payload> {
  readonly name: string;
  /** Whether the lock of the stack's name is held from the step's first look until it is done. */
  readonly locksStackName?: boolean;
  /** Whether that lock is for its acts only: while the step waits, for minutes perhaps, others may have it. */
  readonly releasesLockWhileWaiting?: boolean;
  observe(context: StepContext<Payload>): Promise<Observation>;
  /** Makes the change. A step without one only looks. */
  apply?(context: StepContext<Payload>): Promise<void>;
  /** Whether what stands after an act harms while it stays so: then AWS is asked again sooner when it puts the step off. */
  isUrgent?(context: StepContext<Payload>): Promise<boolean>;
  /** What stands beside the job's stack when the job is cancelled, or fails, in the middle of this step. */
  describeState?(context: StepContext<Payload>): Promise<JsonObject>;
}

/** A kind of job: how its payload is parsed, and the steps that carry it out, in order. */
export interface Kind<Payload> {
  readonly name: JobKind;
  readonly payload: z.ZodType<Payload>;
  /** @param retry whether the job goes on with what a failed one before it has made */
  steps(payload: Payload, options: { retry: boolean }): readonly Step<Payload>[];
}

/** A kind with its payload's type closed over, so that kinds of all payloads fit into one table. */
export interface AnyKind {
  readonly name: JobKind;
  /** Parses the payload and hands it with the kind's steps to `use`. @throws z.ZodError */
  withSteps<R>(request: unknown, options: { retry: boolean }, use: <P>(payload: P, steps: readonly Step<P>[]) => R): R;
}

/** Closes over a kind's payload type. */
export function anyKind<Payload>(kind: Kind<Payload>): AnyKind {
  return {
    name: kind.name,
    withSteps: (request, options, use) => {
      const payload = kind.payload.parse(request);
      return use(payload, kind.steps(payload, options));
    },
  };
}
