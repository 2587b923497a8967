import { WorkerConfig } from '#config';
import { AuditTrail, type JobKeys, JobStore, Maintenance, repairLogger, Retention, StoreEpoch } from '#jobs';
import { Logger } from '#telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { JOB_KEYS } from '../core/injection-tokens.js';
import { QueueErrorLogger } from '#redis';
import { RedisConnections } from '../core/redis-connections.js';
import { settlesWithin } from './settles-within.js';

/** How long closing can take, in milliseconds: with Redis unavailable, BullMQ would wait for it. */
const CLOSE_TIMEOUT_MS = 1_000;
/** How often it is checked whether Redis has lost its data, in milliseconds. */
const CHECK_INTERVAL_MS = 5_000;

/**
 * Drops jobs from the history that are older than `HISTORY_DAYS`, or more than `HISTORY_MAX_JOBS`, and audit records by
 * `AUDIT_DAYS` and `AUDIT_MAX_ENTRIES`. Reports when Redis has lost its data, and sets the schedule again, which was lost with it.
 */
@Injectable()
export class HistoryRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly maintenance: Maintenance;
  private readonly epoch: StoreEpoch;
  /** When the store was created; null: not read yet. */
  private createdAt: string | null = null;
  private readonly logRepair: (repaired: readonly string[]) => void;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(WorkerConfig) config: WorkerConfig,
    @Inject(JOB_KEYS) keys: JobKeys,
    { commands, queue }: RedisConnections,
    store: JobStore,
    errors: QueueErrorLogger,
    private readonly logger: Logger,
  ) {
    this.epoch = new StoreEpoch(commands, keys);
    this.logRepair = repairLogger(logger);
    const retention = new Retention(commands, keys, (ids) => store.getMany(ids), config.history);
    const trail = new AuditTrail(commands, keys, config.audit);
    this.maintenance = new Maintenance({
      connection: queue,
      prefix: config.queuePrefix,
      onError: errors.log,
      run: async (signal) => {
        // Jobs are dropped also when another program has overwritten the audit trail.
        await trail.trim().catch(errors.log);
        const dropped = await retention.run(signal);
        if (dropped > 0) logger.info('Jobs dropped from the history', { dropped, ...config.history });
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    this.logRepair(await this.maintenance.start());
    void this.repeat();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await settlesWithin(this.maintenance.close(), CLOSE_TIMEOUT_MS);
  }

  /** One check after the other: all that had waited for Redis would report the same loss. */
  private async repeat(): Promise<void> {
    // Outages of Redis are logged by its connections.
    await this.check().catch(() => undefined);
    if (!this.stopped) this.timer = setTimeout(() => void this.repeat(), CHECK_INTERVAL_MS).unref();
  }

  private async check(): Promise<void> {
    this.logRepair(await this.maintenance.repair());
    const createdAt = await this.epoch.createdAt();
    if (this.createdAt !== null && this.createdAt !== createdAt) {
      this.logger.error('Redis has lost its data: earlier jobs are lost, their stacks still exist', {
        store_created_at: createdAt,
      });
      await this.maintenance.schedule();
    }
    this.createdAt = createdAt;
  }
}
