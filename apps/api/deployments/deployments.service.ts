import { type ApiConfig } from '#config';
import { bindParameters, parseDefinition } from '#definition';
import { type DeployPayload, type JobRecord } from '#jobs';
import { Inject, Injectable } from '@nestjs/common';
import { API_CONFIG } from '../core/injection-tokens.js';
import { type ChangeRequest } from '../http/submission-context.decorator.js';
import { JobSubmissions } from '../jobs/job-submission.service.js';
import { refuseLongStackName } from '../jobs/job-submission.service.js';

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
    refuseLongStackName({ name, version });
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
