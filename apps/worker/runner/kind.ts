import { type JobKind } from '#jobs';
import { type z } from 'zod';
import { type Step } from './step.js';

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
