import { ApiConfig } from '#config';
import {
  type ApplicationRef,
  type DomainShares,
  type JobRecord,
  RollbackRefusedError,
  rollbackTarget,
  type TrafficChange,
  TrafficHistory,
} from '#jobs';
import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { type SubmissionContext } from '../http/submission-context.decorator.js';
import { type JobRequest, JobSubmissionService, withAcceptedJob } from '../jobs/job-submission.service.js';
import { ProblemError } from '../problems/problem.error.js';
import { type RollbackBody } from './rollback.dto.js';

/** A rollback as it was requested, without what depends on the traffic. */
type RequestedRollback = RollbackBody & { readonly region: string; readonly stack_name: string };

/** Submits rollbacks. */
@Injectable()
export class RollbackService {
  constructor(
    private readonly submissions: JobSubmissionService,
    private readonly traffic: TrafficHistory,
    private readonly config: ApiConfig,
  ) {}

  /**
   * Submits a job that restores the weights from before a traffic change. From then on, traffic changes that were submitted
   * earlier are superseded.
   * @throws ProblemError `no_traffic_change`, `rollback_refused`, and those of a submission
   */
  async submit(name: string, body: RollbackBody, request: SubmissionContext): Promise<JobRecord> {
    const application = { name, region: body.region ?? this.config.region };
    const requested = { ...body, region: application.region, stack_name: name };
    const job =
      (await this.submissions.earlier({ kind: 'rollback', requested }, request)) ??
      (await this.submissions.submit(await this.jobRequest(application, requested), request));
    const { id } = job.submission;
    if (!body.dry_run) {
      await withAcceptedJob(id, () => this.traffic.announceRollback(application, { id, seq: job.seq }));
    }
    return job;
  }

  private async jobRequest(application: ApplicationRef, requested: RequestedRollback): Promise<JobRequest> {
    const change = await this.changeToUndo(application, requested.to_job);
    const target = targetOf(change);
    const version = versionWithMost(application, change);
    return {
      kind: 'rollback',
      payload: { ...requested, stack_version: version, undoes: change.job_id, target, records: change.records },
      requested,
      stack: { ...application, version },
      dryRun: requested.dry_run,
      source: requested.source,
      refuseDuplicate: true,
    };
  }

  private async changeToUndo(application: ApplicationRef, jobId: string | null): Promise<TrafficChange> {
    const changes = await this.traffic.list(application);
    const found = changes.find((change) => (jobId === null ? hasChanged(change) : change.job_id === jobId));
    if (found !== undefined) return found;
    const which = jobId === null ? '' : ` by job ${jobId}`;
    throw new ProblemError(
      'no_traffic_change',
      `Lizzy has no record of a traffic change of ${application.name} in ${application.region}${which}. ` +
        'Set the traffic of a version with PATCH /api/stacks/{id}.',
    );
  }
}

function hasChanged({ effective, before, after }: TrafficChange): boolean {
  return effective && !isDeepStrictEqual(before, after);
}

function targetOf(change: TrafficChange): DomainShares[] {
  try {
    return rollbackTarget(change);
  } catch (error) {
    if (!(error instanceof RollbackRefusedError)) throw error;
    const detail = `The weights from before job ${change.job_id} cannot be restored. ${error.message} Nothing was changed.`;
    throw new ProblemError('rollback_refused', detail, { members: { undoes: change.job_id } });
  }
}

/** The version that gets the largest share, which the job is listed with; the changed one when no version gets any. */
function versionWithMost({ name }: ApplicationRef, { before, stack }: TrafficChange): string {
  const [[largest] = [stack]] = before
    .flatMap(({ weights }) => Object.entries(weights))
    .filter(([identifier, share]) => identifier.startsWith(`${name}-`) && share > 0)
    .toSorted(([, one], [, other]) => other - one);
  return largest.slice(name.length + 1);
}
