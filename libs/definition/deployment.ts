import { type Definition } from './definition.js';
import { definitionForSenza } from './definition-for-senza.js';
import { definitionDigest } from './digest.js';
import { bindParameters, effectiveValues, secretPositions, secretsOf } from './parameters.js';
import { renderStackName } from './stack-name.js';
import { assertStackTags } from './tags.js';

/** The parts of a request besides the definition. */
export interface DeploymentRequest {
  readonly version: string;
  readonly region: string;
  /** `VALUE` or `NAME=VALUE`. */
  readonly parameters: readonly string[];
  /** `KEY=VALUE`. */
  readonly tags: readonly string[];
  /** How many tags the agent adds to the stack. */
  readonly agentTags: number;
}

/** A definition with the values of a request. */
export interface Deployment {
  /** The rendered name, without the version. */
  readonly stackName: string;
  /** The values that the request gives, by the names of their parameters. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Values that must not be shown, defaults included. */
  readonly secrets: readonly string[];
  /** The positions of those of the request's parameters that must not be shown. */
  readonly secretParameters: readonly number[];
  /** The text that Senza is given. */
  readonly senzaYaml: string;
  /** See {@link definitionDigest}. */
  readonly digest: string;
}

/**
 * Puts the values of a request into its definition.
 *
 * @throws {DefinitionError} of {@link bindParameters}, {@link renderStackName} and {@link assertStackTags}.
 */
export function resolveDeployment(definition: Definition, request: DeploymentRequest): Deployment {
  const parameters = bindParameters(definition, request.parameters);
  const values = effectiveValues(definition, parameters);
  const stackName = renderStackName(definition, values, request);
  assertStackTags(definition, request.tags, request.agentTags);
  return {
    stackName,
    parameters,
    secrets: secretsOf(definition, parameters),
    secretParameters: secretPositions(definition, request.parameters),
    senzaYaml: definitionForSenza(definition, stackName),
    digest: definitionDigest(definition, values),
  };
}
