import {
  waitUntilFinished,
  JobEvents,
  type JobPage,
  type JobRecord,
  JobStore,
  type LogEntry,
  StoreEpoch,
  IdempotencyKeys,
  JobQueue,
  supportedKind,
} from '#jobs';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '../problems/problem.error.js';
import { type HistoryQuery, type LogQuery, type CancelBody } from './job-query.dto.js';
import { Logger } from '#telemetry';
import { type SubmissionContext, fingerprint } from '../http/submission-context.decorator.js';
import { keyReused, JobSubmissionService } from './job-submission.service.js';
import { z } from 'zod';
import { isRetryable } from './job.presenter.js';

/** Reads jobs and their logs. What is not there is a problem `job_not_found`. */
@Injectable()
export class JobReading {
  constructor(
    private readonly store: JobStore,
    private readonly changes: JobEvents,
    private readonly age: StoreEpoch,
  ) {}

  /** The job as it stands. */
  async get(id: string): Promise<JobRecord> {
    return await this.found(id, await this.store.get(id));
  }

  /** The job at its end, or as it stands when the time is up or the signal comes. */
  async whenEnded(id: string, waitSeconds: number, signal: AbortSignal): Promise<JobRecord> {
    const wait = { id, timeoutMs: waitSeconds * 1000, signal };
    return await this.found(id, await waitUntilFinished(this.store, this.changes, wait));
  }

  /** A page of the history. */
  async page({ limit, cursor }: HistoryQuery): Promise<JobPage> {
    return await this.store.list({ before: cursor ?? null, limit });
  }

  /** A part of a job's log. */
  async log(id: string, { after, limit }: LogQuery): Promise<LogEntry[]> {
    const [job, entries] = await Promise.all([this.store.get(id), this.store.log({ id, after: after ?? null, limit })]);
    await this.found(id, job);
    return entries;
  }

  /** A Redis that came back empty knows nothing of the jobs before: who asks for one shall see that it may be that. */
  private async found(id: string, job: JobRecord | null): Promise<JobRecord> {
    if (job !== null) return job;
    const since = await this.age.createdAt();
    throw new ProblemError('job_not_found', `There is no job ${id} in the store of jobs, which stands since ${since}`, {
      members: { store_created_at: since },
    });
  }
}

/** Asks for the end of jobs. */
@Injectable()
export class JobCancel {
  constructor(
    private readonly reading: JobReading,
    private readonly store: JobStore,
    private readonly queue: JobQueue,
    private readonly keys: IdempotencyKeys,
    private readonly logger: Logger,
  ) {}

  /**
   * Asks for the end of a job; answers with the job as it stands then.
   * @throws ApiProblem `job_not_found`, `job_ended`, `idempotency_key_reused`
   */
  async cancel(
    id: string,
    body: CancelBody,
    { caller, idempotencyDigest: digest }: SubmissionContext,
  ): Promise<JobRecord> {
    const print = fingerprint(body);
    const before = digest === null ? null : await this.keys.recall(digest);
    if (before !== null && before.fingerprint !== print) throw keyReused();
    if (before === null) {
      await this.ask(id, { requestedBy: caller.uid, deleteStack: body.delete_stack });
      if (digest !== null) await this.keys.remember(digest, { id, fingerprint: print });
    }
    return await this.reading.get(id);
  }

  private async ask(id: string, wish: { requestedBy: string; deleteStack: boolean }): Promise<void> {
    const { outcome, woken } = await this.store.cancel(id, wish);
    if (outcome === 'finished') throw new ProblemError('job_ended', 'A job that has ended cannot be cancelled');
    // The answer does not wait for it: whoever is not woken looks by itself some seconds later.
    for (const each of woken) {
      this.queue.wake(each).catch((error: unknown) => {
        this.logger.warn('Job not woken', { job_id: each, error });
      });
    }
  }
}

const payloadSchema = z.record(z.string(), z.unknown());

/** Tries failed and cancelled jobs again. */
@Injectable()
export class JobRetry {
  constructor(
    private readonly reading: JobReading,
    private readonly store: JobStore,
    private readonly submissions: JobSubmissionService,
  ) {}

  /**
   * Makes a new job that does what this one should have done.
   * @throws ApiProblem `job_not_found`, `job_not_retryable`, `request_gone`, and those of a submission
   */
  async retry(id: string, request: SubmissionContext): Promise<JobRecord> {
    const { submission, progress } = await this.reading.get(id);
    if (!isRetryable(progress.status)) {
      const members = { job_status: progress.status };
      throw new ProblemError(
        'job_not_retryable',
        `The job is ${progress.status}; only failed and cancelled ones can be retried`,
        { members },
      );
    }
    const kind = supportedKind(submission);
    if (kind === null) throw new ProblemError('job_not_retryable', 'The job is one of a later version of the agent');
    const payload = await this.store.request(id);
    if (payload === null)
      throw new ProblemError('request_gone', 'What the job was asked to do is kept for 7 days after its end');
    const { stack_name: name, stack_version: version, region, dry_run: dryRun } = submission;
    const retry = { of: id, owns: [...submission.owns, ...ownStack(id, progress)] };
    const change = { kind, payload: payloadSchema.parse(payload), stack: { name, version, region }, dryRun, retry };
    return await this.submissions.submit({ ...change, refuseDuplicate: true }, request);
  }
}

/** What the job before may have made: a stack counts as its own when it is younger than the first act of `create`. */
function ownStack(id: string, progress: JobRecord['progress']): JobRecord['submission']['owns'] {
  const begun = progress.steps.find(({ name }) => name === 'create')?.journal[0];
  return begun === undefined ? [] : [{ job_id: id, since: begun.started_at }];
}
