import { keyspace, type Redis } from '#redis';
import { Queue, Worker } from 'bullmq';
import { jobKeys } from '../redis/keys.js';
import { repairQueue } from './queue-repair.js';

const MAINTENANCE_QUEUE = 'maintenance';
/** How often maintenance runs, in milliseconds. */
const INTERVAL_MS = 60_000;

/** A task that one of all processes runs regularly. */
export interface MaintenanceOptions {
  readonly connection: Redis;
  readonly prefix: string;
  /** @param signal aborted when the process stops */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly onError: (error: Error) => void;
}

/**
 * Runs maintenance once a minute, by one worker of all at a time: a job scheduler of BullMQ's, which is lost with the data of
 * Redis.
 */
export class Maintenance {
  private readonly queue: Queue;
  private readonly worker: Worker;
  private readonly abort = new AbortController();

  constructor(private readonly options: MaintenanceOptions) {
    const { connection, prefix, run, onError } = options;
    const common = { connection, prefix: keyspace(prefix).tag };
    this.queue = new Queue(MAINTENANCE_QUEUE, {
      ...common,
      skipVersionCheck: true,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    this.worker = new Worker(MAINTENANCE_QUEUE, () => run(this.abort.signal), { ...common, autorun: false });
    this.worker.on('failed', (_job, error) => {
      onError(error);
    });
    this.worker.on('error', onError);
    this.queue.on('error', onError);
  }

  /** Sets the schedule, and starts the worker. @returns dropped keys */
  async start(): Promise<string[]> {
    const dropped = await this.repair();
    if (dropped.length === 0) await this.schedule();
    this.worker.run().catch(() => undefined); // Errors arrive at the 'error' listener.
    return dropped;
  }

  /** Drops keys of the queue that have a wrong type, and sets the schedule again. @returns the dropped keys */
  async repair(): Promise<string[]> {
    const { connection, prefix } = this.options;
    const dropped = await repairQueue(connection, jobKeys(prefix), MAINTENANCE_QUEUE);
    if (dropped.length > 0) await this.schedule();
    return dropped;
  }

  /** Sets the schedule, also again. */
  async schedule(): Promise<void> {
    await this.queue.setGlobalConcurrency(1);
    await this.queue.upsertJobScheduler('history-retention', { every: INTERVAL_MS });
  }

  /** Stops after the current step. */
  async close(): Promise<void> {
    this.abort.abort();
    await Promise.all([this.worker.close(true), this.queue.close()]);
  }
}
