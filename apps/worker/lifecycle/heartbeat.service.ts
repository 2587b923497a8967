import { lizzyVersion } from '#config';
import { HEARTBEAT_INTERVAL_MS, RECORD_SCHEMA_VERSION, timestamp, WorkerRegistry } from '#jobs';
import { Logger } from '#telemetry';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { hostname } from 'node:os';
import { WorkerState } from '../core/worker-state.js';
import { JobProcessor } from '../engine/job-processor.js';
import { HealthCheck } from './health-check.service.js';
import { kinds } from '../kinds/index.js';
import { settlesWithin } from './settles-within.js';

/** How long the removal from the list can delay the end of the process, in milliseconds: Redis can be unavailable. */
const REMOVE_LIMIT_MS = 3_000;

/** Reports that this worker is alive, what it runs and whether it is healthy. */
@Injectable()
export class Heartbeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly startedAt = timestamp(Date.now());
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly health: HealthCheck,
    private readonly processor: JobProcessor,
    private readonly state: WorkerState,
    private readonly logger: Logger,
  ) {}

  /** Resolves after the first report, before the worker takes a job. */
  async onApplicationBootstrap(): Promise<void> {
    await this.report();
    this.timer = setInterval(() => void this.report(), HEARTBEAT_INTERVAL_MS);
  }

  /** Removes the worker from the list of live workers. Never rejects. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await settlesWithin(this.registry.remove(this.state.id), REMOVE_LIMIT_MS);
  }

  private async report(): Promise<void> {
    await this.registry
      .report({
        id: this.state.id,
        version: lizzyVersion,
        senza_version: this.health.senzaVersion,
        host: hostname(),
        pid: process.pid,
        running: this.processor.runningJobs,
        unhealthy: this.health.unhealthy,
        aws_outage: this.health.awsOutage,
        kinds: [...kinds.keys()],
        schema: RECORD_SCHEMA_VERSION,
        started_at: this.startedAt,
        draining: this.state.draining,
      })
      .catch((error: unknown) => {
        this.logger.warn('Heartbeat could not be written', { error });
      });
  }
}
