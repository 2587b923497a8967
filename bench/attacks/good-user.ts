import { setTimeout as sleep } from 'node:timers/promises';
import { type LizzyClient } from '#client';
import { percentile } from '../percentile.js';
import { small } from './definitions.js';

/** Between two requests of the user, in milliseconds. */
const PAUSE_MS = 50;
/** Between two requests with a token that the API has not seen yet, in milliseconds. */
const NEW_TOKEN_PAUSE_MS = 500;
const JOB_TIMEOUT_MS = 120_000;

/** How long some requests or jobs took, in milliseconds, and how many of them failed. */
export interface Times {
  readonly median: number;
  readonly longest: number;
  readonly count: number;
  readonly failed: number;
}

/** What the user has done. */
export interface Work {
  readonly requests: Times;
  /** Requests with tokens that the API had not seen before. */
  readonly firstRequests: Times;
  readonly jobs: Times;
}

/** A user who reads the history, also with new tokens, and submits jobs, one after the other. */
export class GoodUser {
  private jobs = 0;

  /** @param withNewToken makes a client that has a token of its own */
  constructor(
    private readonly client: LizzyClient,
    private readonly withNewToken: () => LizzyClient,
  ) {}

  /** Works until the signal aborts. */
  async work(signal: AbortSignal): Promise<Work> {
    const [requests, firstRequests, jobs] = await Promise.all([
      repeated(signal, PAUSE_MS, () => read(this.client)),
      repeated(signal, NEW_TOKEN_PAUSE_MS, () => read(this.withNewToken())),
      repeated(signal, PAUSE_MS, () => this.deploy()),
    ]);
    return { requests, firstRequests, jobs };
  }

  private async deploy(): Promise<boolean> {
    this.jobs += 1;
    const body = { senza_yaml: small(`good-${this.jobs}`), stack_version: '1', dry_run: true };
    const job = await this.client.waitForJob((await this.client.deploy(body)).id, JOB_TIMEOUT_MS);
    return job.status === 'succeeded';
  }
}

async function read(client: LizzyClient): Promise<boolean> {
  // A connection of its own, as that of another client.
  const { status } = await client.call('GET', '/api/jobs?limit=1', { headers: { connection: 'close' } });
  return status === 200;
}

/** Does something again and again. @param act returns whether it succeeded */
async function repeated(signal: AbortSignal, pauseMs: number, act: () => Promise<boolean>): Promise<Times> {
  const times: number[] = [];
  let failed = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    if (!(await act().catch(() => false))) failed += 1;
    times.push(performance.now() - startedAt);
    await sleep(pauseMs);
  }
  return { median: percentile(times, 0.5), longest: percentile(times, 1), count: times.length, failed };
}
