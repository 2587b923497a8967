/** What a Senza definition says, and which values a deployment may have: shared by the API and the worker. */
export { type Definition, type DefinitionParameter } from './definition.js';
export {
  DEFINITION_ERROR_CODES,
  DefinitionError,
  type DefinitionErrorCode,
  type DefinitionErrorSubject,
  type DefinitionPosition,
} from './errors/definition-error.js';
export { type Deployment, type DeploymentRequest, resolveDeployment } from './deployment.js';
export { secretNames } from './parameters.js';
export {
  imageSchema,
  MAX_PARAMETER_LENGTH,
  MAX_PARAMETERS,
  MAX_STACK_NAME_LENGTH,
  MAX_TAGS,
  newScaleSchema,
  parameterSchema,
  percentageSchema,
  stackNameSchema,
  stackVersionSchema,
} from './values.js';
export { isReservedTagKey, tagSchema, tagsSchema } from './tags.js';
