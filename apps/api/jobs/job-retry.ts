import { type JobRecord, JobStore, kindOf } from '#jobs';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ApiProblem } from '../problems/api-problem.js';
import { type ChangeRequest } from '../submissions/change-request.decorator.js';
import { JobSubmissions } from '../submissions/job-submissions.js';
import { JobReading } from './job-reading.js';
import { isRetryable } from './job-view.js';

const payloadSchema = z.record(z.string(), z.unknown());

/** Tries failed and cancelled jobs again. */
@Injectable()
export class JobRetry {
  constructor(
    private readonly reading: JobReading,
    private readonly store: JobStore,
    private readonly submissions: JobSubmissions,
  ) {}

  /**
   * Makes a new job that does what this one should have done.
   * @throws ApiProblem `job_not_found`, `job_not_retryable`, `request_gone`, and those of a submission
   */
  async retry(id: string, request: ChangeRequest): Promise<JobRecord> {
    const { submission, progress } = await this.reading.get(id);
    if (!isRetryable(progress.status)) {
      const members = { job_status: progress.status };
      throw new ApiProblem(
        'job_not_retryable',
        `The job is ${progress.status}; only failed and cancelled ones can be retried`,
        { members },
      );
    }
    const kind = kindOf(submission);
    if (kind === null) throw new ApiProblem('job_not_retryable', 'The job is one of a later version of the agent');
    const payload = await this.store.request(id);
    if (payload === null)
      throw new ApiProblem('request_gone', 'What the job was asked to do is kept for 7 days after its end');
    const { stack_name: name, stack_version: version, region, dry_run: dryRun } = submission;
    const retry = { of: id, owns: [...submission.owns, ...ownStack(id, progress)] };
    const change = { kind, payload: payloadSchema.parse(payload), stack: { name, version, region }, dryRun, retry };
    return await this.submissions.submit({ ...change, refuseDuplicate: true }, request);
  }
}

/** What the job before may have made: a stack counts as its own when it is younger than the first act of `create`. */
function ownStack(id: string, progress: JobRecord['progress']): JobRecord['submission']['owns'] {
  const begun = progress.steps.find(({ name }) => name === 'create')?.journal[0];
  return begun === undefined ? [] : [{ job_id: id, since: begun.begun_at }];
}
