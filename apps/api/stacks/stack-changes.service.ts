import { ApiConfig } from '#config';
import { agentTagCount, isTerminal, type JobRecord } from '#jobs';
import { Injectable } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { PendingRequests } from '../http/pending-requests.js';
import {
  withAcceptedJob,
  JobSubmissionService,
  type JobRequest,
  assertStackNameLength,
} from '../jobs/job-submission.service.js';
import { JobsService } from '../jobs/jobs.service.js';
import { jobPath } from '../jobs/job-path.js';
import { ProblemError, JobFailedProblem } from '../problems/problem.error.js';
import { type SubmissionContext } from '../http/submission-context.decorator.js';
import { jobFailureDocument } from './stack-failure.js';
import { type Preference } from '../http/prefer.decorator.js';
import { resolveDeployment } from '#definition';
import { DefinitionParser } from '#definition/parser.js';
import { type DeleteOptionsBody, type NewStackBody, type StackPatchBody } from './stack.dto.js';
import { splitStackId, type StackId } from './stack-query.dto.js';

/** The call that a change belongs to. */
export interface StackChangeCall {
  readonly request: SubmissionContext;
  readonly preference: Preference;
  readonly reply: FastifyReply;
}

/** A submitted change. `asJob`: it is answered with 202 and its job, which has not finished or was not waited for. */
export interface SubmittedChange {
  readonly job: JobRecord;
  readonly asJob: boolean;
}

/** Submits changes as jobs and waits for them, for callers without jobs. A caller that disconnects stops nothing. */
@Injectable()
export class SyncJobService {
  constructor(
    private readonly submissions: JobSubmissionService,
    private readonly jobs: JobsService,
    private readonly waits: PendingRequests,
    private readonly config: ApiConfig,
  ) {}

  /**
   * Submits the change and waits for its end, as long as the caller prefers. Sets the response headers.
   * @returns the job: succeeded or superseded, or unfinished when the caller prefers not to wait that long. With
   *   `respond-async` alone the job in any state: a repeated request with an `Idempotency-Key` is answered like the first one
   * @throws JobFailedProblem, ProblemError `job_unfinished`, `job_cancelled`, `store_unavailable`, and those of a submission
   */
  async submitAndWait(change: JobRequest, { request, preference, reply }: StackChangeCall): Promise<SubmittedChange> {
    reply.header('vary', 'Prefer');
    const limit = this.waitSeconds(preference);
    // Before the submission: a caller that may not wait must not leave a job behind.
    const disconnected = limit === 0 ? null : await this.waits.signalFor(reply);
    const submitted = await this.submissions.submit(change, request);
    const { id } = submitted.submission;
    reply.header('x-lizzy-job-id', id);
    const job =
      disconnected === null
        ? submitted
        : await withAcceptedJob(id, () => this.jobs.whenFinished(id, limit, disconnected));
    const asJob = isAsync(preference) || !isTerminal(job.progress.status);
    applied(preference, { limit, asJob }, reply);
    return { job: isAsync(preference) ? job : endOf(job, preference), asJob };
  }

  private waitSeconds({ respondAsync, waitSeconds }: Preference): number {
    const limit = this.config.syncWaitSeconds;
    return waitSeconds === null ? (respondAsync ? 0 : limit) : Math.min(waitSeconds, limit);
  }
}

function isAsync({ respondAsync, waitSeconds }: Preference): boolean {
  return respondAsync && waitSeconds === null;
}

/** Says which preferences were honoured (RFC 7240, section 3); a wait that was cut short was not. */
function applied(
  { respondAsync, waitSeconds }: Preference,
  { limit, asJob }: { readonly limit: number; readonly asJob: boolean },
  reply: FastifyReply,
): void {
  const preferences = [
    ...(respondAsync && asJob ? ['respond-async'] : []),
    ...(waitSeconds === limit ? [`wait=${waitSeconds}`] : []),
  ];
  if (preferences.length > 0) reply.header('preference-applied', preferences.join(', '));
}

function endOf(job: JobRecord, { respondAsync, waitSeconds }: Preference): JobRecord {
  const { submission, progress } = job;
  const { id } = submission;
  const members = { job_id: id, job: jobPath(id), job_status: progress.status };
  switch (progress.status) {
    case 'succeeded':
    case 'superseded':
      return job;
    case 'failed':
      throw new JobFailedProblem(jobFailureDocument(job));
    case 'cancelled':
      throw new ProblemError(
        'job_cancelled',
        `The job ${id} was cancelled by ${job.cancel?.requested_by ?? 'another user'}`,
        {
          members,
        },
      );
    case 'queued':
    case 'running':
      if (respondAsync || waitSeconds !== null) return job;
      throw new ProblemError('job_unfinished', unfinished(job), {
        members: { ...members, waiting_for: job.progress.waiting_for },
      });
  }
}

function unfinished({ submission, progress }: JobRecord): string {
  const state = progress.status === 'queued' ? 'is queued' : 'is running';
  return `The job ${submission.id} ${state} and continues; follow it at ${jobPath(submission.id)}`;
}

/** Translates requests of Lizzy 2's API into changes. */
@Injectable()
export class StackJobRequests {
  constructor(
    private readonly parser: DefinitionParser,
    private readonly config: ApiConfig,
  ) {}

  /**
   * @param user who sends the request.
   * @throws DefinitionError, ProblemError `invalid_deployment`
   */
  async create(stack: NewStackBody, user: string): Promise<JobRequest> {
    const definition = await this.parser.parse(stack.senza_yaml, user);
    const { stack_version: version, parameters, tags } = stack;
    const region = this.region(stack);
    const deployment = { version, region, parameters, tags, agentTags: agentTagCount(stack) };
    const { stackName: name, secretParameters } = resolveDeployment(definition, deployment);
    assertStackNameLength({ name, version });
    return {
      kind: 'create_stack',
      payload: stack,
      stack: { name, version, region },
      dryRun: stack.dry_run,
      secretParameters,
      // Lizzy 2 rejected no duplicates: the second of two equal requests finds the first one's stack.
      refuseDuplicate: false,
    };
  }

  /** @throws ProblemError `stack_not_found` */
  patch(id: string, patch: StackPatchBody): JobRequest {
    const stack = splitStackId(id);
    const change = { kind: 'patch_stack', payload: { ...patch, ...references(stack) } } as const;
    return { ...change, stack: { ...stack, region: this.region(patch) }, dryRun: false, refuseDuplicate: false };
  }

  /** @throws ProblemError `stack_not_found` */
  delete(id: string, options: DeleteOptionsBody): JobRequest {
    const stack = splitStackId(id);
    const change = { kind: 'delete_stack', payload: { ...options, ...references(stack) } } as const;
    const { dry_run: dryRun } = options;
    return { ...change, stack: { ...stack, region: this.region(options) }, dryRun, refuseDuplicate: false };
  }

  private region({ region }: { readonly region: string | null }): string {
    return region ?? this.config.region;
  }
}

function references({ name, version }: StackId): { stack_name: string; stack_version: string } {
  return { stack_name: name, stack_version: version };
}
