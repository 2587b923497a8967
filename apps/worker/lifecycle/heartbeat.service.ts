import { lizzyVersion } from '#config';
import { HEARTBEAT_INTERVAL_MS, RECORD_SCHEMA_VERSION, timestamp, WorkerRegistry } from '#jobs';
import { Senza, senzaVersion } from '#senza';
import { Logger } from '#telemetry';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { WorkerState } from '../core/worker-state.js';
import { kinds } from '../kinds/index.js';
import { settlesWithin } from './settles-within.js';

/** How often the worker checks that Senza answers, in milliseconds. */
const SENZA_CHECK_INTERVAL_MS = 5 * 60_000;
const SENZA_CHECK_LIMIT_MS = 30_000;
/** How long the removal from the list can delay the end of the process, in milliseconds: Redis can be unavailable. */
const REMOVE_LIMIT_MS = 3_000;

/** Reports that this worker is alive, which kinds of jobs it can run, and whether its Senza answers. */
@Injectable()
export class Heartbeat implements OnModuleInit, BeforeApplicationShutdown {
  private readonly id = randomUUID();
  private readonly startedAt = timestamp(Date.now());
  private readonly timers: NodeJS.Timeout[] = [];
  private senzaVersion: string | null = null;

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly senza: Senza,
    private readonly state: WorkerState,
    private readonly logger: Logger,
  ) {}

  /** Checks Senza and reports, then repeats both. Resolves after the first report, before the worker takes a job. */
  async onModuleInit(): Promise<void> {
    await this.checkSenza();
    await this.report();
    this.timers.push(
      setInterval(() => void this.report(), HEARTBEAT_INTERVAL_MS),
      setInterval(() => void this.checkSenza(), SENZA_CHECK_INTERVAL_MS),
    );
  }

  /** Removes the worker from the list of live workers. Never rejects. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await settlesWithin(this.registry.remove(this.id), REMOVE_LIMIT_MS);
  }

  private async report(): Promise<void> {
    await this.registry
      .report({
        id: this.id,
        version: lizzyVersion,
        senza_version: this.senzaVersion,
        kinds: [...kinds.keys()],
        schema: RECORD_SCHEMA_VERSION,
        started_at: this.startedAt,
        draining: this.state.draining,
      })
      .catch((error: unknown) => {
        this.logger.warn('Heartbeat could not be written', { error });
      });
  }

  private async checkSenza(): Promise<void> {
    try {
      this.senzaVersion = await this.senza.run(senzaVersion, {}, { signal: AbortSignal.timeout(SENZA_CHECK_LIMIT_MS) });
    } catch (error) {
      // Any error, also no space for the command's directory: a check must not end the worker.
      this.senzaVersion = null;
      this.logger.error('Senza does not answer', { error });
    }
  }
}
