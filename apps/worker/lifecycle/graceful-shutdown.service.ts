import { WorkerConfig } from '#config';
import { JobWorker, StackQueryWorker } from '#jobs';
import { type Redis } from '#redis';
import { Senza } from '#senza';
import { Logger } from '#telemetry';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import pTimeout from 'p-timeout';
import { RedisConnections } from '../core/redis-connections.js';
import { JobProcessor } from '../engine/job-processor.js';
import { settlesWithin } from './settles-within.js';

/** How long a worker whose commands were terminated can take to record the state of its jobs, in milliseconds. */
const FINAL_WRITES_LIMIT_MS = 10_000;
/** How long closing the queues can take, in milliseconds. BullMQ waits without a limit (taskforcesh/bullmq #4656). */
const CLOSE_LIMIT_MS = 3_000;
/** How long Redis can take to answer before it counts as unavailable, in milliseconds. */
const PING_LIMIT_MS = 2_000;
const PING_INTERVAL_MS = 1_000;

/** Lets running commands finish, records where the jobs are, and closes the queues: other workers continue the jobs. */
@Injectable()
export class GracefulShutdown implements BeforeApplicationShutdown {
  constructor(
    private readonly jobs: JobWorker,
    private readonly stackQueries: StackQueryWorker,
    private readonly processor: JobProcessor,
    private readonly senza: Senza,
    private readonly connections: RedisConnections,
    private readonly config: WorkerConfig,
    private readonly logger: Logger,
  ) {}

  /** Resolves after `SHUTDOWN_GRACE_SECONDS` and 13 seconds at the latest. Never rejects. */
  async beforeApplicationShutdown(): Promise<void> {
    const drained = this.drain();
    if (!(await settlesWithin(drained, this.config.shutdownGraceSeconds * 1000))) {
      this.logger.warn('Shutdown grace period expired; terminating running commands');
      this.processor.interruptAll();
      await settlesWithin(drained, FINAL_WRITES_LIMIT_MS);
    }
    await settlesWithin(Promise.all([this.jobs.close(), this.stackQueries.close()]), CLOSE_LIMIT_MS);
  }

  /**
   * Stops taking jobs. Resolves when all running jobs are released, or when waiting is pointless: no command runs and
   * Redis is unavailable. Other workers continue such jobs after the lease.
   */
  private async drain(): Promise<void> {
    const over = new AbortController();
    await Promise.race([this.jobs.drain(), this.idleWithoutRedis(over.signal)]);
    over.abort();
  }

  private async idleWithoutRedis(over: AbortSignal): Promise<void> {
    for (;;) {
      await this.senza.onIdle();
      if (!(await isAvailable(this.connections.commands))) return;
      await sleep(PING_INTERVAL_MS, undefined, { ref: false });
      if (over.aborted) return;
    }
  }
}

async function isAvailable(redis: Redis): Promise<boolean> {
  const answered = redis.ping().then(
    () => true,
    () => false,
  );
  return await pTimeout(answered, { milliseconds: PING_LIMIT_MS, fallback: () => false });
}
