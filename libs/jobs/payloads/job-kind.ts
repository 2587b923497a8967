import { type z } from 'zod';

/** What the API and the store need to know of a job kind; its steps are in the worker's `kinds/`. */
export interface JobKindDefinition {
  /** Parses the request; its output is what the worker gets. */
  readonly payload: z.ZodType;
  /**
   * Whether the job's first change is one under the lock of the stack name (a traffic change, a deletion), with nothing
   * before it that may take long. Such a job takes its place in that lock's queue when it is submitted.
   */
  startsWithNameLock(payload: unknown): boolean;
  /** Whether the job holds the lock of its stack version; false for jobs that are about a whole application. */
  readonly locksVersion: boolean;
}

/** Defines a job kind. A payload that its own schema rejects takes no place in a queue; the job fails and says so. */
export function defineJobKind<Schema extends z.ZodType>(kind: {
  readonly payload: Schema;
  readonly startsWithNameLock?: (payload: z.output<Schema>) => boolean;
  readonly locksVersion?: boolean;
}): JobKindDefinition & { readonly payload: Schema } {
  return {
    payload: kind.payload,
    locksVersion: kind.locksVersion ?? true,
    startsWithNameLock: (payload) => {
      const { success, data } = kind.payload.safeParse(payload);
      return success && (kind.startsWithNameLock?.(data) ?? false);
    },
  };
}
