import { keyspace, type Redis } from '#redis';
import { Queue, RedisConnection } from 'bullmq';

/** The queue of jobs that change something; reads have one of their own. */
export const JOBS_QUEUE = 'jobs';

/** What BullMQ takes Redis for where it does not ask (`skipVersionCheck`); our own commands need as much (LPOS). */
RedisConnection.minimumVersion = '6.2.0';

/** How often, and after how many milliseconds, a job that is just about to wait is tried to be woken again. */
const WAKE_AGAIN_AFTER_MS = [30, 150, 600] as const;

const WAKE_BATCH = 500;
/** BullMQ 6 orders delayed jobs by their time and a counter in the last twelve bits (its `getDelayedScore`). */
const DELAYED_SCORE_PER_MS = 0x1000;

/** Where jobs are handed to workers. It only delivers: what a job is stands in the store. */
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
      // BullMQ would ask once, at the beginning; if Redis went away just then, this queue would fail for ever.
      skipVersionCheck: true,
      defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
    });
    this.queue.on('error', onError);
  }

  /** Hands a job to the workers; nothing happens when it is with them already. */
  async add(id: string): Promise<void> {
    await this.queue.add('job', {}, { jobId: id });
  }

  /** Whether the workers have this job, now or later. */
  async has(id: string): Promise<boolean> {
    return (await this.queue.getJobState(id)) !== 'unknown';
  }

  /**
   * Ends a job's waiting. One that is just being put to wait is tried again some times; if that is missed too, the job
   * wakes by itself at the end of its delay.
   */
  async wake(id: string): Promise<void> {
    if (await this.promote(id)) return;
    for (const delay of WAKE_AGAIN_AFTER_MS) {
      await new Promise((resolve) => setTimeout(resolve, delay).unref());
      if (await this.promote(id)) return;
    }
  }

  /** Ends the waiting of jobs that would wait beyond this moment, in ms since 1970; some hundreds at once. */
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

  /** Ends the use of the queue; the connection is its owner's to close. */
  async close(): Promise<void> {
    await this.queue.close();
  }

  private async promote(id: string): Promise<boolean> {
    const job = await this.queue.getJob(id);
    if (job === undefined) return true; // Ended meanwhile.
    if ((await job.getState()) !== 'delayed') return false;
    // Another process may have promoted it in between.
    return await job.promote().then(
      () => true,
      () => false,
    );
  }
}
