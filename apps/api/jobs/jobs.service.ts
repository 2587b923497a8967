import { JobEvents, type JobPage, type JobRecord, JobStore, type LogEntry, StoreEpoch, waitUntilFinished } from '#jobs';
import { Injectable } from '@nestjs/common';
import { ProblemError } from '../problems/problem.error.js';
import { type HistoryQuery, type LogQuery } from './job-query.dto.js';

/** Reads jobs and their logs. A job that does not exist is a problem `job_not_found`. */
@Injectable()
export class JobsService {
  constructor(
    private readonly store: JobStore,
    private readonly events: JobEvents,
    private readonly epoch: StoreEpoch,
  ) {}

  /** The current state of a job. */
  async get(id: string): Promise<JobRecord> {
    return await this.found(id, await this.store.get(id));
  }

  /** Waits until the job is finished, the time is up or the signal is aborted; returns its state then. */
  async whenFinished(id: string, waitSeconds: number, signal: AbortSignal): Promise<JobRecord> {
    const wait = { id, timeoutMs: waitSeconds * 1000, signal };
    return await this.found(id, await waitUntilFinished(this.store, this.events, wait));
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

  /** A Redis that came back empty has lost all earlier jobs: the problem says since when the store exists. */
  private async found(id: string, job: JobRecord | null): Promise<JobRecord> {
    if (job !== null) return job;
    const since = await this.epoch.createdAt();
    throw new ProblemError('job_not_found', `There is no job ${id}; the job store was created at ${since}`, {
      members: { store_created_at: since },
    });
  }
}
