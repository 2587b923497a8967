/** What a Senza definition says, and which values a deployment may have: shared by the API and the worker. */
export { type Definition, type DefinitionParameter } from './definition.js';
export {
  DEFINITION_ERROR_CODES,
  DefinitionError,
  type DefinitionErrorCode,
  type DefinitionErrorSubject,
  type DefinitionPosition,
} from './errors.js';
export { parseDefinition } from './parse-definition.js';
export { bindParameters, effectiveValues, secretNames, secretsOf } from './parameters.js';
export { renderStackName } from './stack-name.js';
export { definitionDigest } from './digest.js';
export { definitionForSenza } from './definition-for-senza.js';
export {
  imageSchema,
  MAX_PARAMETER_LENGTH,
  MAX_STACK_NAME_LENGTH,
  MAX_TAGS,
  newScaleSchema,
  parameterSchema,
  percentageSchema,
  regionSchema,
  stackNameSchema,
  stackVersionSchema,
} from './values.js';
export { assertTagCount, isReservedTagKey, tagSchema, tagsSchema } from './tags.js';
