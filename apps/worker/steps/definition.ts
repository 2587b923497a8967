import { bindParameters, type Definition, DefinitionError, parseDefinition } from '#definition';
import { JobFailure } from '#jobs';

/** What a job that creates a stack is asked, as far as its definition goes. */
export interface DefinitionPayload {
  readonly senza_yaml: string;
  readonly parameters: readonly string[];
  readonly tags: readonly string[];
  readonly disable_rollback: boolean;
  readonly dry_run: boolean;
  readonly keep_stacks: number | null;
  readonly new_traffic: number | null;
}

/** The definition of a job and its parameters by name. @throws JobFailure when they are not right */
export function readDefinition(payload: DefinitionPayload): {
  definition: Definition;
  parameters: ReadonlyMap<string, string>;
} {
  try {
    const definition = parseDefinition(payload.senza_yaml);
    return { definition, parameters: bindParameters(definition, payload.parameters) };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new JobFailure('invalid_request', error.message, { definition_error: error.code }, { cause: error });
  }
}
