import { isRedisUnavailable, type Redis } from '#redis';
import { type JobKeys } from '../redis/keys.js';
import { type JobStore } from '../store/job-store.js';
import { redisNow, StoreEpoch } from '../redis/clock.js';
import { isWrongType } from '../redis/damaged-job.error.js';
import { type JobPage } from '../history/job-history.js';
import { restoreUnfinishedScript } from '../store/scripts/repair.js';
import { repairSharedKeys } from '../store/wrong-types.js';
import { STACK_QUERIES_QUEUE } from '../stack-queries/worker.js';
import { JOBS_QUEUE, type JobQueue } from './job-queue.js';
import { repairQueue } from './queue-repair.js';

/** How often all unfinished jobs are compared with the queue, in milliseconds. */
const RECONCILE_INTERVAL_MS = 5_000;
const BATCH = 100;
const UNFINISHED = { status: ['queued', 'running'] };
/** The assumed maximum difference between the clocks of workers and Redis, in milliseconds. */
const CLOCK_TOLERANCE_MS = 30_000;

/**
 * Ensures that each unfinished job is in the queue. A job that a crash kept from the queue, or that the queue has lost, is added again; a
 * job that a worker with a wrong clock has delayed for too long is woken. Keys of a wrong type that all jobs share are repaired before.
 * Runs in one process at a time.
 */
export class Reconciler {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: Redis,
    private readonly keys: JobKeys,
    private readonly store: JobStore,
    private readonly queue: JobQueue,
    private readonly on: {
      readonly error: (error: unknown) => void;
      /** Called in each round with the keys of a wrong type that were dropped or replaced, if any. */
      readonly repaired: (repaired: readonly string[]) => void;
    },
    /** How long a job waits at most before it is checked again, in milliseconds. */
    private readonly longestWaitMs: number,
  ) {}

  /** Reconciles periodically until `stop`. */
  start(): void {
    const round = (): void => {
      this.reconcile()
        .catch(this.on.error)
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
    if (acquired === null) {
      // Another program has written it: it would never end.
      if ((await this.redis.pttl(this.keys.reconciling)) === -1) await this.redis.unlink(this.keys.reconciling);
      return;
    }
    await this.repair();
    await this.restoreUnfinished();
    await new StoreEpoch(this.redis, this.keys).createdAt();
    await this.queue.wakeLaterThan((await redisNow(this.redis)) + this.longestWaitMs + CLOCK_TOLERANCE_MS);
    const ids = await this.store.unfinished();
    for (let start = 0; start < ids.length; start += BATCH) {
      await Promise.all(ids.slice(start, start + BATCH).map((id) => this.deliver(id)));
    }
  }

  /** Finds the unfinished jobs again by the indexes of the history, when another program has overwritten or deleted their list. */
  private async restoreUnfinished(): Promise<void> {
    const { redis, keys } = this;
    if ((await redis.exists(keys.unfinished)) === 1) return;
    let before: number | null = null;
    do {
      const page: JobPage = await this.store.history.page({ filter: UNFINISHED, before, limit: BATCH });
      const ids = page.items.map(({ submission }) => submission.id);
      if (ids.length > 0)
        await restoreUnfinishedScript(redis, [keys.unfinished, ...ids.map((id) => keys.job(id))], ids);
      before = page.next;
    } while (before !== null);
  }

  private async deliver(id: string): Promise<void> {
    try {
      if (await this.queue.has(id)) return;
      // First without removing its data: the API may have added a new job meanwhile, and a worker may run it.
      if (!(await this.isAdded(id))) await this.queue.addAgain(id);
    } catch (error) {
      if (isRedisUnavailable(error)) throw error;
      this.on.error(error); // The other jobs must not wait for this one.
    }
  }

  /** False also when another program has overwritten the data of the job in the queue. */
  private async isAdded(id: string): Promise<boolean> {
    try {
      await this.queue.add(id);
      return await this.queue.has(id);
    } catch (error) {
      if (isWrongType(error)) return false;
      throw error;
    }
  }

  private async repair(): Promise<void> {
    const { redis, keys } = this;
    this.on.repaired([
      ...(await repairSharedKeys(redis, keys)),
      ...(await repairQueue(redis, keys, JOBS_QUEUE)),
      ...(await repairQueue(redis, keys, STACK_QUERIES_QUEUE)),
    ]);
  }
}
