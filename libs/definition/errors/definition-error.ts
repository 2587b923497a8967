/** What can be wrong with a definition or with the parameters given for it. A closed list: decisions are made on it. */
export const DEFINITION_ERROR_CODES = [
  'invalid_yaml',
  'too_complex',
  'not_a_mapping',
  'missing_property',
  'invalid_stack_name',
  'invalid_parameters',
  'invalid_tags',
  'invalid_components',
  'invalid_template',
  'reserved_tag',
  'template_partial',
  'template_section',
  'too_many_tags',
  'too_many_parameters',
  'positional_after_named',
  'unknown_parameter',
  'repeated_parameter',
  'missing_parameter',
] as const;

/** One of {@link DEFINITION_ERROR_CODES}. */
export type DefinitionErrorCode = (typeof DEFINITION_ERROR_CODES)[number];

/** A place in the text of a definition; both count from 1, columns in Unicode characters. */
export interface DefinitionPosition {
  readonly line: number;
  readonly column: number;
}

/** Which part of the request is wrong: the definition (`senza_yaml`), the parameters, or the tags. */
export type DefinitionErrorSubject = 'definition' | 'parameters' | 'tags';

/** The details of a {@link DefinitionError} besides its message. */
export interface DefinitionErrorDetails {
  readonly position?: DefinitionPosition | undefined;
  /** JSON pointer (RFC 6901) of the value in the definition. */
  readonly pointer?: string | undefined;
  readonly subject?: DefinitionErrorSubject;
  /** Index of the value in the list of parameters, when one value is wrong. */
  readonly index?: number | undefined;
}

/** A definition that Senza would refuse, or that the agent must not pass on. The message is meant for the caller. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly position: DefinitionPosition | undefined;
  readonly pointer: string;
  readonly subject: DefinitionErrorSubject;
  readonly index: number | undefined;

  constructor(
    readonly code: DefinitionErrorCode,
    message: string,
    details: DefinitionErrorDetails = {},
  ) {
    super(message);
    const { position } = details;
    this.position = position === undefined ? undefined : { line: position.line, column: position.column };
    this.pointer = details.pointer ?? '';
    this.subject = details.subject ?? 'definition';
    this.index = details.index;
  }
}
