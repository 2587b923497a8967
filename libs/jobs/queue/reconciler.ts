import { type Redis } from '#redis';
import { type JobKeys } from '../redis/keys.js';
import { type JobStore } from '../store/job-store.js';
import { redisNow } from '../redis/clock.js';
import { StoreEpoch } from '../redis/clock.js';
import { type JobQueue } from './job-queue.js';

/** How often all unfinished jobs are compared with the queue, in milliseconds. */
const RECONCILE_INTERVAL_MS = 5_000;
const BATCH = 100;
/** The assumed maximum difference between the clocks of workers and Redis, in milliseconds. */
const CLOCK_TOLERANCE_MS = 30_000;

/**
 * Ensures that each unfinished job is in the queue. A job that a crash kept from the queue, or
 * that the queue has lost, is added again; a job that a worker with a wrong clock has delayed for too long is woken.
 * Runs in one process at a time.
 */
export class Reconciler {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly store: JobStore,
    private readonly queue: JobQueue,
    private readonly onError: (error: unknown) => void,
    /** How long a job waits at most before it is checked again, in milliseconds. */
    private readonly longestWaitMs: number,
  ) {}

  /** Reconciles periodically until `stop`. */
  start(): void {
    const round = (): void => {
      this.reconcile()
        .catch(this.onError)
        .finally(() => {
          if (this.timer !== undefined) this.timer = setTimeout(round, RECONCILE_INTERVAL_MS);
        });
    };
    this.timer = setTimeout(round, 0);
  }

  /** Stops after the current round. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async reconcile(): Promise<void> {
    const acquired = await this.redis.set(this.keys.reconciling, '1', 'PX', RECONCILE_INTERVAL_MS - 500, 'NX');
    if (acquired === null) return;
    await new StoreEpoch(this.redis, this.keys).createdAt();
    await this.queue.wakeLaterThan((await redisNow(this.redis)) + this.longestWaitMs + CLOCK_TOLERANCE_MS);
    const ids = await this.store.unfinished();
    for (let start = 0; start < ids.length; start += BATCH) {
      await Promise.all(ids.slice(start, start + BATCH).map((id) => this.deliver(id)));
    }
  }

  private async deliver(id: string): Promise<void> {
    if (!(await this.queue.has(id))) await this.queue.add(id);
  }
}
