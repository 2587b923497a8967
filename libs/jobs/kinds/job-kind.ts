import { z } from 'zod';
import { stateAtEnd } from './step-results.js';

/** What a job of any kind can report. */
const commonResult = {
  summary: z.string().optional(),
  superseded_by: z.string().optional().meta({ description: 'The job with the later traffic change.' }),
  cancelled: z
    .object({
      steps_done: z.array(z.string()),
      current_state: stateAtEnd,
      not_deleted: z
        .string()
        .optional()
        .meta({ description: 'Why the stack was not deleted, although the cancellation asked for it.' }),
    })
    .optional(),
  failed: z.object({ state_at_failure: stateAtEnd }).optional(),
};

type ResultFields<Name extends string> = { readonly kind: z.ZodLiteral<Name> } & typeof commonResult;

/** What the API and the store need to know of a job kind; its steps are in the worker's `kinds/`. */
export interface JobKindDefinition<
  Name extends string = string,
  Payload extends z.ZodObject = z.ZodObject,
  Result extends z.ZodObject = z.ZodObject,
  Action extends string = string,
> {
  readonly name: Name;
  /** Parses the request; its output is what the worker gets. */
  readonly payload: Payload;
  /** What a job of this kind can report: the results of its steps, by their names. */
  readonly result: Result;
  /** What the call that submits such a job is in the audit trail. */
  readonly auditAction: Action;
  /** Whether the request contains a definition, which the API then returns. */
  readonly hasDefinition: boolean;
  /** Whether the job holds the lock of its stack version; false for jobs that are about a whole application. */
  readonly locksVersion: boolean;
  /**
   * Whether the job's first change is one under the lock of the stack name (a traffic change, a deletion), with nothing
   * before it that may take long. Such a job takes its place in that lock's queue when it is submitted.
   */
  startsWithNameLock(payload: unknown): boolean;
}

/**
 * Defines a job kind. A payload that its own schema rejects takes no place in a queue; the job fails and says so.
 * @param kind `result`: the results of its steps, by their names, all optional
 */
export function defineJobKind<
  const Name extends string,
  Payload extends z.ZodObject,
  Results extends Readonly<Record<string, z.ZodOptional>>,
  const Action extends string,
>(kind: {
  readonly name: Name;
  readonly payload: Payload;
  readonly result: Results;
  readonly auditAction: Action;
  readonly startsWithNameLock?: (payload: z.output<Payload>) => boolean;
  readonly locksVersion?: boolean;
}): JobKindDefinition<Name, Payload, z.ZodObject<ResultFields<Name> & Results>, Action> {
  const { name, payload, auditAction, startsWithNameLock, locksVersion = true } = kind;
  return {
    name,
    payload,
    result: z.object({ kind: z.literal(name), ...commonResult, ...kind.result }).meta({
      id: `${pascalCase(name)}Result`,
      description: `What a job of kind \`${name}\` has done, by its steps.`,
    }),
    auditAction,
    hasDefinition: 'senza_yaml' in payload.shape,
    locksVersion,
    startsWithNameLock: (given: unknown) => {
      const { success, data } = payload.safeParse(given);
      return success && (startsWithNameLock?.(data) ?? false);
    },
  };
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
