import { setTimeout as sleep } from 'node:timers/promises';
import { type LizzyClient } from '#client';
import { percentile } from '../percentile.js';
import { small } from './definitions.js';

/** Between two requests of the user, in milliseconds. */
const PAUSE_MS = 50;
const JOB_TIMEOUT_MS = 120_000;

/** How long the requests and jobs of a user take, in milliseconds. */
export interface Times {
  readonly request: { readonly median: number; readonly longest: number; readonly failed: number };
  readonly job: { readonly median: number; readonly longest: number; readonly count: number };
}

/** A user who reads the history and submits jobs, one after the other. */
export class GoodUser {
  private jobs = 0;

  constructor(private readonly client: LizzyClient) {}

  /** Works until the signal aborts. */
  async work(signal: AbortSignal): Promise<Times> {
    const [requests, jobs] = await Promise.all([this.read(signal), this.submit(signal)]);
    const figures = (times: readonly number[]): { median: number; longest: number } => ({
      median: percentile(times, 0.5),
      longest: percentile(times, 1),
    });
    return {
      request: { ...figures(requests.times), failed: requests.failed },
      job: { ...figures(jobs), count: jobs.length },
    };
  }

  private async read(signal: AbortSignal): Promise<{ times: number[]; failed: number }> {
    const times: number[] = [];
    let failed = 0;
    while (!signal.aborted) {
      const startedAt = performance.now();
      // A connection of its own, as that of another client.
      const { status } = await this.client.call('GET', '/api/jobs?limit=1', { headers: { connection: 'close' } });
      times.push(performance.now() - startedAt);
      if (status !== 200) failed += 1;
      await sleep(PAUSE_MS);
    }
    return { times, failed };
  }

  private async submit(signal: AbortSignal): Promise<number[]> {
    const times: number[] = [];
    while (!signal.aborted) {
      this.jobs += 1;
      const startedAt = performance.now();
      const body = { senza_yaml: small(`good-${this.jobs}`), stack_version: '1', dry_run: true };
      const job = await this.client.waitForJob((await this.client.deploy(body)).id, JOB_TIMEOUT_MS);
      if (job.status !== 'succeeded')
        throw new Error(`the job of the good user has ${job.status}: ${JSON.stringify(job)}`);
      times.push(performance.now() - startedAt);
      await sleep(PAUSE_MS);
    }
    return times;
  }
}
