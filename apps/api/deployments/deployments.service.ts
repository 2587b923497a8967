import { ApiConfig } from '#config';
import { resolveDeployment } from '#definition';
import { DefinitionParser } from '#definition/parser.js';
import { agentTagCount, type DeployPayload, type JobRecord } from '#jobs';
import { Injectable } from '@nestjs/common';
import { type SubmissionContext } from '../http/submission-context.decorator.js';
import { JobSubmissionService } from '../jobs/job-submission.service.js';
import { assertStackNameLength } from '../jobs/job-submission.service.js';

/** Takes deployments in. */
@Injectable()
export class DeploymentsService {
  constructor(
    private readonly submissions: JobSubmissionService,
    private readonly parser: DefinitionParser,
    private readonly config: ApiConfig,
  ) {}

  /**
   * Makes a `deploy` job of a deployment whose definition and parameters fit together.
   * @throws DefinitionError, ProblemError
   */
  async submit(deployment: DeployPayload, request: SubmissionContext): Promise<JobRecord> {
    const definition = await this.parser.parse(deployment.senza_yaml, request.caller.uid);
    const { stack_version: version, parameters, tags } = deployment;
    const region = deployment.region ?? this.config.region;
    const agentTags = agentTagCount(deployment);
    const { stackName: name, secretParameters } = resolveDeployment(definition, {
      version,
      region,
      parameters,
      tags,
      agentTags,
    });
    assertStackNameLength({ name, version });
    return await this.submissions.submit(
      {
        kind: 'deploy',
        payload: deployment,
        stack: { name, version, region },
        dryRun: deployment.dry_run,
        source: deployment.source,
        secretParameters,
        retryFailed: deployment.if_exists === 'retry_failed',
        refuseDuplicate: true,
      },
      request,
    );
  }
}
