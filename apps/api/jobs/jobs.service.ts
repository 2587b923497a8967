import {
  type HistoryFilter,
  type JobCount,
  JobEvents,
  type JobPage,
  type JobRecord,
  JobStore,
  type LogPage,
  StoreEpoch,
  waitUntilFinished,
} from '#jobs';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ProblemError } from '../problems/problem.error.js';
import { historyPage, type HistoryQuery } from './history/history-query.dto.js';
import { type LogQuery } from './job-query.dto.js';

const definitionOf = z.object({ senza_yaml: z.string() });

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

  /** A page of the history, and how many jobs match its filters. */
  async page(query: HistoryQuery): Promise<JobPage & JobCount> {
    return await this.store.history.pageWithCount(historyPage(query));
  }

  /** The filter for a query of many pages. @throws TooManyNamesError */
  async resolve(filter: HistoryFilter): Promise<HistoryFilter> {
    return await this.store.history.resolve(filter);
  }

  /** The submitted definition. @throws ProblemError `job_not_found`; `not_found`: the job has none; `request_gone` */
  async definition(id: string): Promise<string> {
    const job = await this.get(id);
    const request = await this.store.request(id);
    if (request === null) throw requestGone();
    const { success, data } = definitionOf.safeParse(request);
    if (!success) throw new ProblemError('not_found', `A job of the kind ${job.submission.kind} has no definition`);
    return data.senza_yaml;
  }

  /** A part of a job's log. */
  async log(id: string, { after, limit }: LogQuery): Promise<LogPage> {
    const [job, page] = await Promise.all([this.store.get(id), this.store.log({ id, after, limit })]);
    await this.found(id, job);
    return page;
  }

  /** A Redis that was restarted empty has lost all earlier jobs: the problem document reports when the store was created. */
  private async found(id: string, job: JobRecord | null): Promise<JobRecord> {
    if (job !== null) return job;
    const since = await this.epoch.createdAt();
    throw new ProblemError('job_not_found', `There is no job ${id}; the job store was created at ${since}`, {
      members: { store_created_at: since },
    });
  }
}

/** Redis does not hold the request of a job any more (410). */
export function requestGone(): ProblemError {
  const detail =
    'Redis holds the request of the job no more: it is kept for 7 days after the end, unless Redis loses data. Submit the change again';
  return new ProblemError('request_gone', detail);
}
