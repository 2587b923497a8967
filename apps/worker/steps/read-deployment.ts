import { DefinitionError, type Deployment, type DeploymentRequest, resolveDeployment } from '#definition';
import { JobFailedError } from '#jobs';
import { type StepContext } from '../engine/step-context.js';

/** A definition as a job's payload has it. */
interface WithDefinition {
  readonly senza_yaml: string;
  readonly parameters: readonly string[];
}

/** The definition of a job with its parameters. @throws JobFailedError when they are invalid */
export async function readDeployment(
  { job, payload, stack, services }: Pick<StepContext<WithDefinition>, 'job' | 'payload' | 'stack' | 'services'>,
  { tags, agentTags }: Pick<DeploymentRequest, 'tags' | 'agentTags'> = { tags: [], agentTags: 0 },
): Promise<Deployment> {
  const { version, region } = stack;
  try {
    const definition = await services.definitions.parse(payload.senza_yaml, job.requested_by);
    return resolveDeployment(definition, { version, region, parameters: payload.parameters, tags, agentTags });
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new JobFailedError('invalid_request', error.message, { definition_error: error.code }, { cause: error });
  }
}
