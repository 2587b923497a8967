import { type ApiConfig } from '#config';
import { bindParameters, MAX_STACK_NAME_LENGTH, parseDefinition } from '#definition';
import { type DeployPayload, type JobRecord } from '#jobs';
import { Inject, Injectable } from '@nestjs/common';
import { fieldProblem } from '../problems/validation-problem.js';
import { API_CONFIG } from '../process/tokens.js';
import { type ChangeRequest } from '../submissions/change-request.decorator.js';
import { JobSubmissions } from '../submissions/job-submissions.js';

/** Takes deployments in. */
@Injectable()
export class DeploymentsService {
  constructor(
    private readonly submissions: JobSubmissions,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /**
   * Makes a `deploy` job of a deployment whose definition and parameters fit together.
   * @throws DefinitionError, ApiProblem
   */
  async submit(deployment: DeployPayload, request: ChangeRequest): Promise<JobRecord> {
    const definition = parseDefinition(deployment.senza_yaml);
    bindParameters(definition, deployment.parameters);
    const { stackName: name } = definition;
    const version = deployment.stack_version;
    refuseLongName(`${name}-${version}`);
    return await this.submissions.submit(
      {
        kind: 'deploy',
        payload: deployment,
        stack: { name, version, region: deployment.region ?? this.config.region },
        dryRun: deployment.dry_run,
        refuseDuplicate: true,
      },
      request,
    );
  }
}

function refuseLongName(stack: string): void {
  if (stack.length <= MAX_STACK_NAME_LENGTH) return;
  const detail = `must leave the stack's name, NAME-VERSION, with ${MAX_STACK_NAME_LENGTH} characters at most`;
  throw fieldProblem([{ pointer: '/stack_version', detail }]);
}
