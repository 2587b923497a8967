import { keyspace, type Redis } from '#redis';
import { DelayedError, type Job, Worker } from 'bullmq';
import { LEASE_MS } from '../store/lease.js';
import { JOBS_QUEUE } from './job-queue.js';

/** How often BullMQ checks for jobs whose worker has crashed, in milliseconds. */
const STALLED_INTERVAL_MS = 3_000;
/**
 * BullMQ must always deliver a job again whose worker has crashed: whether to run it again is decided by the claim, the
 * journal and the observed state (docs/decisions/0002-claims-and-stalled-jobs.md).
 */
const STALLED_COUNT_WITHOUT_LIMIT = 1_000_000_000;

/** The result of a delivery: the job is finished, or is delivered again after a delay in milliseconds. */
export type JobOutcome = { status: 'finished' } | { status: 'delayed'; delayMs: number };

/** The settings of a consumer. `handle` is called with a job's id, at most `concurrency` times concurrently. */
export interface JobWorkerOptions {
  readonly connection: Redis;
  readonly prefix: string;
  readonly concurrency: number;
  readonly process: (id: string) => Promise<JobOutcome>;
  readonly onError: (error: Error) => void;
}

/** Takes jobs from the queue and passes them to the handler. A waiting job occupies no slot. */
export class JobWorker {
  private readonly worker: Worker;
  private readonly running = new Set<Promise<void>>();

  constructor({ connection, prefix, concurrency, process, onError }: JobWorkerOptions) {
    this.worker = new Worker(
      JOBS_QUEUE,
      async (job: Job, token?: string) => {
        // BullMQ's worker takes one more job after a pause when it was waiting for one: another worker gets it.
        if (this.worker.isPaused()) return await postpone(job, 0, token);
        const handled = deliver(process, job, token);
        this.running.add(handled);
        try {
          await handled;
        } finally {
          this.running.delete(handled);
        }
      },
      {
        connection,
        prefix: keyspace(prefix).tag,
        concurrency,
        autorun: false,
        // As in the queue; a worker whose first request failed would loop, and not even see SIGTERM.
        skipVersionCheck: true,
        lockDuration: LEASE_MS,
        stalledInterval: STALLED_INTERVAL_MS,
        maxStalledCount: STALLED_COUNT_WITHOUT_LIMIT,
      },
    );
    this.worker.on('error', onError);
    this.worker.on('failed', (_job, error) => {
      onError(error); // The record still says that the job is unfinished: the reconciler delivers it again.
    });
  }

  /** Starts taking jobs, or takes them again after {@link pause}. */
  start(): void {
    if (this.worker.isPaused()) this.worker.resume().catch(() => undefined);
    else if (!this.worker.isRunning()) this.worker.run().catch(() => undefined); // See the 'error' listener.
  }

  /** Takes no more jobs until {@link start}; running jobs continue. */
  async pause(): Promise<void> {
    await this.worker.pause(true);
  }

  /** Takes no more jobs. Resolves when the running jobs have been processed. */
  async drain(): Promise<void> {
    // Waits also for a job that is just being fetched. Rejects when Redis is unavailable.
    await this.worker.pause().catch(() => undefined);
    await Promise.allSettled(this.running);
  }

  /** Stops immediately; running jobs are delivered to another worker later. */
  async close(): Promise<void> {
    await this.worker.close(true);
  }
}

/** Passes a job to the handler; throws BullMQ's own error when it is to be delivered again later. */
async function deliver(handle: JobWorkerOptions['process'], job: Job, token: string | undefined): Promise<void> {
  const outcome = await handle(job.id ?? '');
  if (outcome.status === 'finished') return;
  await postpone(job, outcome.delayMs, token);
}

async function postpone(job: Job, delayMs: number, token: string | undefined): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}
