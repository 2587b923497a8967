import { keyspace, type Redis } from '#redis';
import { Worker } from 'bullmq';
import { type QueryOrigin, queryOrigin, type StackQueryResult, type StackQuery, stackQuery } from './messages.js';

/** The queue of stack queries: they never wait behind changes. */
export const STACK_QUERIES_QUEUE = 'stack-queries';
/** How many queries one worker executes at the same time. */
const CONCURRENCY = 16;

/** The settings of a stack query worker. */
export interface StackQueryWorkerOptions {
  readonly connection: Redis;
  readonly prefix: string;
  readonly answer: (request: StackQuery, origin: QueryOrigin) => Promise<StackQueryResult>;
  readonly onError: (error: Error) => void;
}

/** Executes stack queries in a worker. */
export class StackQueryWorker {
  private readonly worker: Worker;

  constructor({ connection, prefix, answer, onError }: StackQueryWorkerOptions) {
    this.worker = new Worker(
      STACK_QUERIES_QUEUE,
      (job) => answer(stackQuery.parse(job.data), queryOrigin.parse(job.data)),
      {
        connection,
        prefix: keyspace(prefix).tag,
        concurrency: CONCURRENCY,
        autorun: false,
        skipVersionCheck: true, // See `JobWorker`.
      },
    );
    this.worker.on('error', onError);
    this.worker.on('failed', (_job, error) => {
      onError(error);
    });
  }

  /** Starts taking queries, or takes them again after {@link pause}. */
  start(): void {
    if (this.worker.isPaused()) this.worker.resume().catch(() => undefined);
    else if (!this.worker.isRunning()) this.worker.run().catch(() => undefined); // See the 'error' listener.
  }

  /** Takes no more queries until {@link start}. */
  async pause(): Promise<void> {
    await this.worker.pause(true);
  }

  /** Takes no more queries and resolves when the running ones have been completed. */
  async close(): Promise<void> {
    await this.worker.close();
  }
}
