import { type ApiConfig } from '#config';
import { isTerminal, type JobRecord } from '#jobs';
import { Inject, Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { OpenWaits } from '../http/open-waits.js';
import { askAboutAccepted } from '../jobs/accepted-job.js';
import { JobReading } from '../jobs/job-reading.js';
import { jobPath } from '../jobs/job-view.js';
import { ApiProblem } from '../problems/api-problem.js';
import { WorkerFailure } from '../problems/worker-failure.js';
import { API_CONFIG } from '../process/tokens.js';
import { type ChangeRequest } from '../submissions/change-request.decorator.js';
import { JobSubmissions, type WantedChange } from '../submissions/job-submissions.js';
import { jobFailureDocument } from './failure-document.js';
import { type Preference } from './preference.js';

/** The call that a change belongs to. */
export interface ChangingCall {
  readonly request: ChangeRequest;
  readonly preference: Preference;
  readonly reply: FastifyReply;
}

/** Makes jobs of changes and waits for them, for callers who know no jobs. A caller who goes away stops nothing. */
@Injectable()
export class AwaitedChange {
  constructor(
    private readonly submissions: JobSubmissions,
    private readonly reading: JobReading,
    private readonly waits: OpenWaits,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  /**
   * Submits the change and waits for its end, as long as the caller prefers. The answer's headers are set.
   * @returns the job: succeeded, or unfinished when the caller prefers not to wait that long
   * @throws WorkerFailure, ApiProblem `job_unfinished`, `job_cancelled`, `store_unavailable`, and those of a submission
   */
  async carryOut(change: WantedChange, { request, preference, reply }: ChangingCall): Promise<JobRecord> {
    reply.header('vary', 'Prefer');
    const submitted = await this.submissions.submit(change, request);
    const { id } = submitted.submission;
    reply.header('x-lizzy-job-id', id);
    const limit = this.waitSeconds(preference);
    const gone = this.waits.signalFor(reply.raw);
    const job = limit === 0 ? submitted : await askAboutAccepted(id, () => this.reading.whenEnded(id, limit, gone));
    applied(preference, limit, job, reply);
    return endOf(job, preference);
  }

  private waitSeconds({ respondAsync, waitSeconds }: Preference): number {
    const limit = this.config.syncWaitSeconds;
    return waitSeconds === null ? (respondAsync ? 0 : limit) : Math.min(waitSeconds, limit);
  }
}

/** Says which preferences were honoured (RFC 7240, section 3); a wait that was cut short was not. */
function applied({ respondAsync, waitSeconds }: Preference, limit: number, job: JobRecord, reply: FastifyReply): void {
  const isAsync = respondAsync && !isTerminal(job.progress.status);
  const preferences = [
    ...(isAsync ? ['respond-async'] : []),
    ...(waitSeconds === limit ? [`wait=${waitSeconds}`] : []),
  ];
  if (preferences.length > 0) reply.header('preference-applied', preferences.join(', '));
}

function endOf(job: JobRecord, { respondAsync, waitSeconds }: Preference): JobRecord {
  const { id } = job.submission;
  const members = { job_id: id, job: jobPath(id), job_status: job.progress.status };
  switch (job.progress.status) {
    case 'succeeded':
      return job;
    case 'failed':
      throw new WorkerFailure(jobFailureDocument(job));
    case 'cancelled':
      throw new ApiProblem(
        'job_cancelled',
        `The job ${id} was cancelled by ${job.cancel?.requested_by ?? 'somebody'}`,
        {
          members,
        },
      );
    case 'queued':
    case 'running':
      if (respondAsync || waitSeconds !== null) return job;
      throw new ApiProblem('job_unfinished', unfinished(job), {
        members: { ...members, waiting_for: job.progress.waiting_for },
      });
  }
}

function unfinished({ submission, progress }: JobRecord): string {
  const state = progress.status === 'queued' ? 'has not begun yet' : 'is still running';
  return `The job ${submission.id} ${state} and goes on; follow it at ${jobPath(submission.id)}`;
}
