import { keyspace, type Redis } from '#redis';
import { Queue, RedisConnection } from 'bullmq';

/** The queue of jobs that change something; stack queries have their own. */
export const JOBS_QUEUE = 'jobs';

/** The Redis version that BullMQ assumes without asking (`skipVersionCheck`); our own commands need the same (LPOS). */
RedisConnection.minimumVersion = '6.2.0';

/** How often, and after how many milliseconds, waking a job that is just being delayed is retried. */
const WAKE_AGAIN_AFTER_MS = [30, 150, 600] as const;

const WAKE_BATCH = 500;
/** BullMQ 6 orders delayed jobs by their time and a counter in the last twelve bits (its `getDelayedScore`). */
const DELAYED_SCORE_PER_MS = 0x1000;

/** Delivers job ids to workers. The jobs themselves are in the store. */
export class JobQueue {
  private readonly queue: Queue;

  /** @param connection a Redis connection of its own */
  constructor(
    private readonly connection: Redis,
    prefix: string,
    onError: (error: Error) => void,
  ) {
    this.queue = new Queue(JOBS_QUEUE, {
      connection,
      prefix: keyspace(prefix).tag,
      // BullMQ would ask once, at the start; if Redis failed at that moment, this queue would fail forever.
      skipVersionCheck: true,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    this.queue.on('error', onError);
  }

  /** Adds a job to the queue; does nothing when it is already in it. */
  async add(id: string): Promise<void> {
    await this.queue.add('job', {}, { jobId: id });
  }

  /** Adds a job that is in no list of the queue although BullMQ has its data: `add` would be ignored. */
  async addAgain(id: string): Promise<void> {
    await this.connection.unlink(this.queue.toKey(id));
    await this.add(id);
  }

  /** Whether the job is in the queue: waiting, delayed or delivered. */
  async has(id: string): Promise<boolean> {
    return (await this.queue.getJobState(id)) !== 'unknown';
  }

  /**
   * Ends a job's delay. For a job that is just being delayed this is retried a few times; if that is missed too, the job
   * wakes by itself at the end of its delay.
   * @returns false when the job is not delayed: it is waiting or running, or has finished
   */
  async wake(id: string): Promise<boolean> {
    for (const delay of WAKE_AGAIN_AFTER_MS) {
      const outcome = await this.promote(id);
      if (outcome !== 'not_delayed') return outcome === 'promoted';
      await new Promise((resolve) => setTimeout(resolve, delay).unref());
    }
    return (await this.promote(id)) === 'promoted';
  }

  /** Ends the delay of jobs that would wait beyond this moment, in ms since 1970; some hundreds per call. */
  async wakeLaterThan(latest: number): Promise<void> {
    const from = latest * DELAYED_SCORE_PER_MS;
    const ids = await this.connection.zrange(
      this.queue.toKey('delayed'),
      from,
      '+inf',
      'BYSCORE',
      'LIMIT',
      0,
      WAKE_BATCH,
    );
    await Promise.all(ids.map((id) => this.promote(id)));
  }

  /** Closes the queue. The owner of the connection closes that. */
  async close(): Promise<void> {
    await this.queue.close();
  }

  private async promote(id: string): Promise<'promoted' | 'not_delayed' | 'finished'> {
    const job = await this.queue.getJob(id);
    if (job === undefined) return 'finished';
    if ((await job.getState()) !== 'delayed') return 'not_delayed';
    // Another process may have promoted it in between.
    return await job.promote().then(
      () => 'promoted',
      () => 'not_delayed',
    );
  }
}
