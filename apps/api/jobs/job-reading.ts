import { awaitEnd, JobChanges, type JobPage, type JobRecord, JobStore, type LogEntry, StoreAge } from '#jobs';
import { Injectable } from '@nestjs/common';
import { ApiProblem } from '../problems/api-problem.js';
import { type HistoryQuery, type LogQuery } from './job-queries.js';

/** Reads jobs and their logs. What is not there is a problem `job_not_found`. */
@Injectable()
export class JobReading {
  constructor(
    private readonly store: JobStore,
    private readonly changes: JobChanges,
    private readonly age: StoreAge,
  ) {}

  /** The job as it stands. */
  async get(id: string): Promise<JobRecord> {
    return await this.found(id, await this.store.get(id));
  }

  /** The job at its end, or as it stands when the time is up or the signal comes. */
  async whenEnded(id: string, waitSeconds: number, signal: AbortSignal): Promise<JobRecord> {
    const wait = { id, timeoutMs: waitSeconds * 1000, signal };
    return await this.found(id, await awaitEnd(this.store, this.changes, wait));
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
    const since = await this.age.since();
    throw new ApiProblem('job_not_found', `There is no job ${id} in the store of jobs, which stands since ${since}`, {
      members: { store_since: since },
    });
  }
}
