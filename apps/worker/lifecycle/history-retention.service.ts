import { WorkerConfig } from '#config';
import { AuditTrail, type JobKeys, JobStore, Maintenance, Retention } from '#jobs';
import { Logger } from '#telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { JOB_KEYS } from '../core/injection-tokens.js';
import { QueueErrorLogger } from '#redis';
import { RedisConnections } from '../core/redis-connections.js';
import { settlesWithin } from './settles-within.js';

/** How long closing can take, in milliseconds: with Redis unavailable, BullMQ would wait for it. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Drops jobs from the history that are older than `HISTORY_DAYS`, or more than `HISTORY_MAX_JOBS`, and audit records by
 * `AUDIT_DAYS` and `AUDIT_MAX_ENTRIES`.
 */
@Injectable()
export class HistoryRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly maintenance: Maintenance;

  constructor(
    @Inject(WorkerConfig) config: WorkerConfig,
    @Inject(JOB_KEYS) keys: JobKeys,
    { commands, queue }: RedisConnections,
    store: JobStore,
    errors: QueueErrorLogger,
    logger: Logger,
  ) {
    const retention = new Retention(commands, keys, (ids) => store.getMany(ids), config.history);
    const trail = new AuditTrail(commands, keys, config.audit);
    this.maintenance = new Maintenance({
      connection: queue,
      prefix: config.queuePrefix,
      onError: errors.log,
      run: async (signal) => {
        await trail.trim();
        const dropped = await retention.run(signal);
        if (dropped > 0) logger.info('Jobs dropped from the history', { dropped, ...config.history });
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.maintenance.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await settlesWithin(this.maintenance.close(), CLOSE_TIMEOUT_MS);
  }
}
