/** What can be wrong with a definition or with the parameters given for it. A closed list: decisions are made on it. */
export const DEFINITION_ERROR_CODES = [
  'invalid_yaml',
  'not_a_mapping',
  'missing_property',
  'invalid_stack_name',
  'invalid_parameters',
  'reserved_tag',
  'template_partial',
  'too_many_parameters',
  'positional_after_named',
  'unknown_parameter',
  'repeated_parameter',
  'missing_parameter',
] as const;

/** One of {@link DEFINITION_ERROR_CODES}. */
export type DefinitionErrorCode = (typeof DEFINITION_ERROR_CODES)[number];

/** A place in the text of a definition; both count from 1. */
export interface DefinitionPosition {
  readonly line: number;
  readonly column: number;
}

/** Whether the definition is wrong (`senza_yaml`) or the values given for its parameters (`parameters`). */
export type DefinitionErrorSubject = 'definition' | 'parameters';

/** What a {@link DefinitionError} knows beside its sentence. */
export interface DefinitionErrorDetails {
  readonly position?: DefinitionPosition | undefined;
  readonly subject?: DefinitionErrorSubject;
  /** Index of the value in the list of parameters, when one value is wrong. */
  readonly index?: number;
  readonly cause?: unknown;
}

/** A definition that Senza would refuse, or that the agent must not pass on. The message is meant for the caller. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly position: DefinitionPosition | undefined;
  readonly subject: DefinitionErrorSubject;
  readonly index: number | undefined;

  constructor(
    readonly code: DefinitionErrorCode,
    message: string,
    details: DefinitionErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.position = details.position;
    this.subject = details.subject ?? 'definition';
    this.index = details.index;
  }
}
